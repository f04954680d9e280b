"""Names, passwords, and what becomes of a presented refresh token."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.domain import accounts
from shared.domain.accounts import RefreshToken, Verdict, judge
from shared.errors import InvalidInput
from shared.testing.accounts import MemorySessions, MemoryUsers
from shared.testing.clock import HandClock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIVE = RefreshToken(
    session_id="s", user_id="u", expires_at=NOW + timedelta(days=1), rotated_at=None, session_revoked_at=None
)


@given(st.text(max_size=70))
def test_a_name_is_accepted_in_a_form_that_stays(text: str) -> None:
    try:
        named = accounts.username(text)
    except InvalidInput:
        return
    assert accounts.username(named) == named
    assert accounts.folded(named) == accounts.folded(accounts.folded(named))
    assert not [c for c in named if unicodedata.category(c)[0] in "CZ"]
    assert "\0" not in named
    named.encode()


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=3, max_size=20))
def test_case_never_makes_another_name(name: str) -> None:
    assert accounts.folded(name) == accounts.folded(name.casefold())
    assert accounts.folded(unicodedata.normalize("NFD", name)) == accounts.folded(unicodedata.normalize("NFC", name))


@given(st.text(max_size=80))
def test_a_password_is_returned_unchanged_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert accounts.password(text) == text
        assert 10 <= len(text.encode()) <= 72


@given(st.text(st.characters(categories=["L", "N"]), min_size=40, max_size=80).filter(lambda t: len(t.encode()) > 72))
def test_a_refusal_never_tells_the_password(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        accounts.password(text)
    assert text not in f"{caught.value}{caught.value.errors}"


@pytest.mark.parametrize(
    ("token", "verdict"),
    [
        (LIVE, Verdict.ROTATE),
        (None, Verdict.REFUSE),
        (replace(LIVE, expires_at=NOW), Verdict.REFUSE),
        (replace(LIVE, session_revoked_at=NOW), Verdict.REFUSE),
        (replace(LIVE, rotated_at=NOW), Verdict.REVOKE),
        (replace(LIVE, rotated_at=NOW, session_revoked_at=NOW), Verdict.REFUSE),
        (replace(LIVE, rotated_at=NOW - timedelta(days=40), expires_at=NOW), Verdict.REFUSE),
    ],
)
def test_a_presented_token_is_judged(token: RefreshToken | None, verdict: Verdict) -> None:
    assert judge(token, NOW) is verdict


class SessionLife(RuleBasedStateMachine):
    """Whatever is done in whatever order, only the newest token of a session that is not revoked is exchanged."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        users = MemoryUsers()
        self.user = users.add(username="ada", folded="ada", password_hash="x")
        self.sessions = MemorySessions(users)
        self.chains: list[list[tuple[bytes, datetime]]] = []
        self.revoked: set[int] = set()
        self.n_tokens = 0

    def _token(self) -> bytes:
        self.n_tokens += 1
        return self.n_tokens.to_bytes(32, "big")

    @rule()
    def log_in(self) -> None:
        token = self._token()
        self.sessions.open(self.user.id, token_sha256=token, now=self.clock.now())
        self.chains.append([(token, self.clock.now())])

    @rule(hours=st.integers(1, 24 * 20))
    def time_passes(self, hours: int) -> None:
        self.clock.move(hours=hours)

    @precondition(lambda self: self.chains)
    @rule(data=st.data())
    def refresh(self, data: st.DataObject) -> None:
        which = data.draw(st.integers(0, len(self.chains) - 1))
        chain = self.chains[which]
        place = data.draw(st.integers(0, len(chain) - 1))
        token, issued_at = chain[place]
        successor = self._token()
        alive = which not in self.revoked and self.clock.now() < issued_at + accounts.REFRESH_LIFETIME
        newest = place == len(chain) - 1
        user = self.sessions.rotate(presented_sha256=token, successor_sha256=successor, now=self.clock.now())
        assert (user == self.user) == (alive and newest)
        if alive and newest:
            chain.append((successor, self.clock.now()))
        elif alive:
            self.revoked.add(which)

    @precondition(lambda self: self.chains)
    @rule(data=st.data())
    def log_out(self, data: st.DataObject) -> None:
        which = data.draw(st.integers(0, len(self.chains) - 1))
        token, _ = data.draw(st.sampled_from(self.chains[which]))
        self.sessions.close(presented_sha256=token, now=self.clock.now())
        self.revoked.add(which)

    @invariant()
    def a_stranger_gets_nothing(self) -> None:
        assert self.sessions.rotate(presented_sha256=b"?", successor_sha256=b"!", now=self.clock.now()) is None


TestSessionLife = SessionLife.TestCase
