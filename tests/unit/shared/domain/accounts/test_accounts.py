"""States of a user, passwords, and what becomes of a presented refresh token."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.domain.accounts import usernames
from shared.domain.accounts import users as accounts
from shared.domain.accounts.users import (
    TERMINAL,
    TRANSITIONS,
    Client,
    RefreshToken,
    State,
    Verdict,
    judge_refresh_token,
)
from shared.errors import Conflict, InvalidInput, Unauthenticated
from shared.testing.accounts import MemorySessions, MemoryUsers
from shared.testing.clock import HandClock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIVE = RefreshToken(
    session_id="s",
    user_id="u",
    expires_at=NOW + timedelta(days=1),
    rotated_at=None,
    session_expires_at=NOW + timedelta(days=2),
    session_revoked_at=None,
    user_state=State.NEW,
)


@given(st.text(max_size=80))
def test_a_password_is_returned_in_one_form_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert accounts.validate_password(text) == unicodedata.normalize("NFC", text)
        assert 10 <= len(unicodedata.normalize("NFC", text)) <= 1024


@given(st.text(st.characters(categories=["L", "N"]), min_size=7, max_size=9).map(lambda text: text * 128))
def test_a_refusal_never_tells_the_password(text: str) -> None:
    with suppress(InvalidInput):
        accounts.validate_password(text)
        return
    with pytest.raises(InvalidInput) as caught:
        accounts.validate_password(text)
    assert text not in f"{caught.value}{caught.value.errors}"


@given(st.text(max_size=400))
def test_whatever_a_client_says_of_itself_fits_the_table(text: str) -> None:
    result = accounts.make_client(device=text, user_agent=text, address="")
    assert len(result.device) <= accounts.DEVICE_LENGTH
    assert len(result.user_agent) <= accounts.USER_AGENT_LENGTH
    assert "\0" not in result.user_agent
    result.user_agent.encode()


def test_a_life_goes_forward_only() -> None:
    def reached(state: State) -> set[State]:
        return {state}.union(*(reached(to) for to in TRANSITIONS[state]))

    assert set(TRANSITIONS) == set(State)
    assert reached(State.NEW) == set(State)
    assert all(state not in reached(to) for state in State for to in TRANSITIONS[state])
    assert reached(State.BLOCKED) == set(TERMINAL)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_a_move_changes_something_or_nothing_or_is_refused(state: State, to: State) -> None:
    if state is to:
        assert not accounts.changes_state(state, to)
    elif to in TRANSITIONS[state]:
        assert accounts.changes_state(state, to)
    else:
        with pytest.raises(Conflict):
            accounts.changes_state(state, to)


@pytest.mark.parametrize(
    ("token", "verdict"),
    [
        (LIVE, Verdict.ROTATE),
        (None, Verdict.REFUSE),
        (replace(LIVE, expires_at=NOW), Verdict.REFUSE),
        (replace(LIVE, session_expires_at=NOW), Verdict.REFUSE),
        (replace(LIVE, session_revoked_at=NOW), Verdict.REFUSE),
        (replace(LIVE, user_state=State.BLOCKED), Verdict.REFUSE),
        (replace(LIVE, user_state=State.DELETED), Verdict.REFUSE),
        (replace(LIVE, rotated_at=NOW), Verdict.REVOKE),
        (replace(LIVE, rotated_at=NOW, session_revoked_at=NOW), Verdict.REFUSE),
        (replace(LIVE, rotated_at=NOW - timedelta(days=40), expires_at=NOW), Verdict.REFUSE),
    ],
)
def test_a_presented_token_is_judged(token: RefreshToken | None, verdict: Verdict) -> None:
    assert judge_refresh_token(token, NOW) is verdict


@dataclass
class Chain:
    """What the test remembers of a session."""

    id: str
    began_at: datetime
    tokens: list[tuple[bytes, datetime]]
    over: bool = False


class SessionLife(RuleBasedStateMachine):
    """Whatever is done in whatever order, only the newest token of a session that is not over is exchanged."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.users = MemoryUsers()
        self.user = self.users.add(usernames.validate_new("ada"), password_hash="x")
        self.sessions = MemorySessions(self.users)
        self.chains: list[Chain] = []
        self.blocked = False
        self.n_tokens = 0

    def _token(self) -> bytes:
        self.n_tokens += 1
        return self.n_tokens.to_bytes(32, "big")

    def _alive(self, chain: Chain, issued_at: datetime) -> bool:
        now = self.clock.now()
        in_time = now < issued_at + accounts.IDLE_LIMIT and now < chain.began_at + accounts.ABSOLUTE_LIMIT
        return not chain.over and not self.blocked and in_time

    @rule()
    def log_in(self) -> None:
        token, now = self._token(), self.clock.now()
        if self.blocked:
            with pytest.raises(Unauthenticated):
                self.sessions.open(self.user.id, token_sha256=token, client=Client(), now=now)
            return
        session_id = self.sessions.open(self.user.id, token_sha256=token, client=Client(), now=now)
        self.chains.append(Chain(session_id, now, [(token, now)]))

    @rule(hours=st.integers(1, 24 * 20))
    def time_passes(self, hours: int) -> None:
        self.clock.move(hours=hours)

    @precondition(lambda self: self.chains)
    @rule(data=st.data())
    def refresh(self, data: st.DataObject) -> None:
        chain = data.draw(st.sampled_from(self.chains))
        place = data.draw(st.integers(0, len(chain.tokens) - 1))
        token, issued_at = chain.tokens[place]
        alive, newest = self._alive(chain, issued_at), place == len(chain.tokens) - 1
        successor = self._token()
        result = self.sessions.rotate(
            presented_sha256=token, successor_sha256=successor, client=Client(), now=self.clock.now()
        )
        assert (result.user is not None) == (alive and newest)
        if result.user:
            assert result.session_id == chain.id
            chain.tokens.append((successor, self.clock.now()))
        elif alive:
            assert result.verdict is Verdict.REVOKE
            chain.over = True

    @precondition(lambda self: self.chains)
    @rule(data=st.data())
    def log_out(self, data: st.DataObject) -> None:
        chain = data.draw(st.sampled_from(self.chains))
        token, _ = data.draw(st.sampled_from(chain.tokens))
        self.sessions.close(presented_sha256=token, now=self.clock.now())
        chain.over = True

    @precondition(lambda self: self.chains)
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        chain = data.draw(st.sampled_from(self.chains))
        how = data.draw(st.sampled_from(["only", "but", "all"]))
        selection: Any = {} if how == "all" else {how: chain.id}
        self.sessions.revoke(self.user.id, now=self.clock.now(), **selection)
        for other in self.chains:
            other.over |= how == "all" or (other is chain) == (how == "only")

    @rule(chance=st.integers(0, 9))
    def block(self, chance: int) -> None:
        if not chance:
            self.users.move("ada", State.BLOCKED)
            self.blocked = True

    @invariant()
    def the_list_shows_what_can_be_refreshed(self) -> None:
        if not self.blocked:
            live = {session.id for session in self.sessions.list_active(self.user.id, now=self.clock.now())}
            assert live == {chain.id for chain in self.chains if self._alive(chain, chain.tokens[-1][1])}

    @invariant()
    def a_stranger_gets_nothing(self) -> None:
        result = self.sessions.rotate(
            presented_sha256=b"?", successor_sha256=b"!", client=Client(), now=self.clock.now()
        )
        assert (result.user, result.session_id) == (None, "")


TestSessionLife = SessionLife.TestCase
