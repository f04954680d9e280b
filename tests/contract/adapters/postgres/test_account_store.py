"""One suite over the fake and the real store of users and sessions, and what the database itself refuses."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from shared.adapters.postgres.accounts import PostgresSessions, PostgresUsers
from shared.adapters.postgres.database import Postgres
from shared.domain.accounts import contacts, usernames
from shared.domain.accounts.users import (
    ABSOLUTE_LIMIT,
    ACCESS_LIFETIME,
    ENDED_SESSION_RETENTION,
    IDLE_LIMIT,
    MAX_SESSIONS,
    TRANSITIONS,
    Client,
    Rotation,
    State,
    User,
    Verdict,
)
from shared.errors import Conflict, Unauthenticated
from shared.ports.accounts import Sessions, Users
from shared.testing.accounts import MemorySessions, MemoryUsers
from shared.testing.clock import HandClock
from tests.support.engines.postgres import run

HASH = "$2b$04$" + "a" * 53
PHONE = Client(device="phone", user_agent="Mozilla/5.0", address="2001:db8::7")
LAPTOP = Client(user_agent="curl/8.5", address="192.0.2.1")


@dataclass
class Store:
    """Users and sessions of one kind, and what an operator may do to a user."""

    users: Users
    sessions: Sessions
    move: Callable[[str, State], None]
    clock: HandClock

    def add(self, name: str = "ada") -> User:
        return self.users.add(usernames.validate_new(name), password_hash=HASH)

    def open(self, user: User, client: Client = PHONE) -> tuple[str, bytes]:
        token = secrets.token_bytes(32)
        return self.sessions.open(user.id, token_sha256=token, client=client, now=self.clock.now()), token

    def rotate(self, token: bytes, client: Client = PHONE) -> tuple[Rotation, bytes]:
        successor = secrets.token_bytes(32)
        result = self.sessions.rotate(
            presented_sha256=token, successor_sha256=successor, client=client, now=self.clock.now()
        )
        return result, successor

    def hash_of(self, folded: str) -> str | None:
        result = self.users.find_login(folded)
        return None if result is None else result.password_hash

    def live(self, user: User) -> list[str]:
        return [session.id for session in self.sessions.list_active(user.id, now=self.clock.now())]


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        memory = MemoryUsers()
        yield Store(memory, MemorySessions(memory), memory.move, HandClock())
        return
    database = Postgres(request.getfixturevalue("emptied_database_url"))

    def move(folded: str, to: State) -> None:
        with database.connection() as connection:
            connection.execute("UPDATE users SET state = %s WHERE username_folded = %s", (to, folded))

    yield Store(PostgresUsers(database), PostgresSessions(database), move, HandClock())
    database.close()


def test_a_new_user_is_found_by_the_folded_name(store: Store) -> None:
    users = store.add("Straße")
    result = store.users.find_login("strasse")
    assert result is not None
    assert (result.user, result.password_hash) == (users, HASH)
    assert (users.username, users.state, users.roles) == ("Straße", State.NEW, ())
    assert store.users.find_login("straße") is None


@pytest.mark.parametrize(("first", "second"), [("ada", "ADA"), ("coco", "сосо"), ("сосо", "coco"), ("ооо", "οοο")])
def test_a_name_that_reads_like_another_is_taken(store: Store, first: str, second: str) -> None:
    assert not store.users.is_taken(usernames.validate_new(second))
    store.add(first)
    assert store.users.is_taken(usernames.validate_new(second))
    with pytest.raises(Conflict):
        store.add(second)
    assert store.users.find_login(usernames.fold(second)) is None or usernames.fold(first) == usernames.fold(second)


def test_of_two_registrations_at_one_moment_one_makes_the_user(store: Store) -> None:
    def register(name: str) -> bool:
        try:
            return bool(store.add(name))
        except Conflict:
            return False

    for n in range(5):
        with ThreadPoolExecutor(8) as threads:
            users = list(threads.map(register, [f"coco{n}", f"сосо{n}"] * 4))
        assert sum(users) == 1


def test_an_address_yet_to_be_proven_may_stand_with_many(store: Store) -> None:
    address = contacts.parse_email("Ada@Example.com")
    for name in ("ada", "eve"):
        store.users.add(usernames.validate_new(name), password_hash=HASH, email=address)


def test_a_hash_is_replaced_unless_the_password_changed_meanwhile(store: Store) -> None:
    user = store.add()
    store.users.rehash(user.id, old=HASH.replace("04", "05"), new=HASH.replace("04", "06"))
    assert store.hash_of("ada") == HASH
    store.users.rehash(user.id, old=HASH, new=HASH.replace("04", "06"))
    assert store.hash_of("ada") == HASH.replace("04", "06")


def test_a_session_shows_what_it_is_used_with(store: Store) -> None:
    user = store.add()
    began = store.clock.now()
    session_id, token = store.open(user, PHONE)
    store.clock.move(hours=1)
    assert store.rotate(token, LAPTOP)[0].session_id == session_id
    (session,) = store.sessions.list_active(user.id, now=store.clock.now())
    assert session.client == replace(LAPTOP, device="phone")
    assert (session.created_at, session.last_used_at) == (began, store.clock.now())
    assert session.expires_at == store.clock.now() + IDLE_LIMIT


def test_the_last_used_session_comes_first(store: Store) -> None:
    user = store.add()
    first, token = store.open(user)
    store.clock.move(hours=1)
    second, _ = store.open(user)
    assert store.live(user) == [second, first]
    store.clock.move(hours=1)
    store.rotate(token)
    assert store.live(user) == [first, second]


def test_an_idle_session_ends(store: Store) -> None:
    user = store.add()
    _, token = store.open(user)
    store.clock.move(seconds=IDLE_LIMIT.total_seconds())
    assert store.rotate(token)[0].verdict is Verdict.REFUSE
    assert store.live(user) == []


def test_a_session_in_use_ends_by_the_absolute_limit(store: Store) -> None:
    user = store.add()
    _, token = store.open(user)
    n_days = ABSOLUTE_LIMIT.days
    for day in range(20, n_days, 20):
        store.clock.move(days=20)
        result, token = store.rotate(token)
        assert result.verdict is Verdict.ROTATE, day
    (session,) = store.sessions.list_active(user.id, now=store.clock.now())
    assert session.expires_at == session.created_at + ABSOLUTE_LIMIT
    store.clock.move(days=20)
    assert store.rotate(token)[0].verdict is Verdict.REFUSE
    assert store.live(user) == []


def test_a_second_use_ends_the_session_and_names_it(store: Store) -> None:
    user = store.add()
    session_id, first = store.open(user)
    _, second = store.rotate(first)
    assert store.rotate(first)[0] == Rotation(verdict=Verdict.REVOKE, session_id=session_id)
    assert store.rotate(second)[0] == Rotation(verdict=Verdict.REFUSE, session_id=session_id)
    assert store.live(user) == []


def test_of_50_simultaneous_refreshes_exactly_one_succeeds(store: Store) -> None:
    user = store.add()
    _, token = store.open(user)
    with ThreadPoolExecutor(50) as threads:
        result = list(threads.map(lambda _: store.rotate(token)[0].verdict, range(50)))
    assert result.count(Verdict.ROTATE) == 1
    assert result.count(Verdict.REVOKE) == 1
    assert store.live(user) == []


@pytest.mark.parametrize("state", [State.BLOCKED, State.DELETED])
def test_a_user_in_a_terminal_state_refreshes_nothing(store: Store, state: State) -> None:
    _, token = store.open(store.add())
    store.move("ada", state)
    result = store.users.find_login("ada")
    assert result is not None
    assert result.user.state is state
    assert store.rotate(token)[0].verdict is Verdict.REFUSE


@pytest.mark.parametrize("state", [State.BLOCKED, State.DELETED])
def test_a_user_who_is_out_by_now_begins_no_session(store: Store, state: State) -> None:
    user = store.add()
    store.move("ada", state)
    with pytest.raises(Unauthenticated):
        store.open(user)
    assert store.live(user) == []


def test_closing_names_the_session_as_often_as_it_is_asked(store: Store) -> None:
    session_id, first = store.open(store.add())
    _, second = store.rotate(first)
    for token in (first, second, second):
        assert store.sessions.close(presented_sha256=token, now=store.clock.now()) == session_id
    assert store.sessions.close(presented_sha256=b"x" * 32, now=store.clock.now()) == ""


def test_a_user_ends_one_or_the_others_or_all(store: Store) -> None:
    ada, eve = store.add("ada"), store.add("eve")
    ids = [store.open(ada)[0] for _ in range(4)]
    of_eve, _ = store.open(eve)
    now = store.clock.now()
    assert store.sessions.revoke(ada.id, now=now, only=of_eve) == []
    assert store.sessions.revoke(ada.id, now=now, only=str(uuid.uuid4())) == []
    assert store.sessions.revoke(ada.id, now=now, only=ids[0]) == [ids[0]]
    assert set(store.live(ada)) == set(ids[1:])
    assert set(store.sessions.revoke(ada.id, now=now, but=ids[1])) == {ids[0], *ids[2:]}
    assert store.live(ada) == [ids[1]]
    assert set(store.sessions.revoke(ada.id, now=now)) == set(ids)
    assert store.live(ada) == []
    assert store.live(eve) == [of_eve]


def test_who_asks_again_is_told_the_ended_ones_as_long_as_access_tokens_live(store: Store) -> None:
    user = store.add()
    session_id, _ = store.open(user)
    store.sessions.revoke(user.id, now=store.clock.now(), only=session_id)
    store.clock.move(seconds=ACCESS_LIFETIME.total_seconds() - 1)
    assert store.sessions.revoke(user.id, now=store.clock.now(), only=session_id) == [session_id]
    store.clock.move(seconds=1)
    assert store.sessions.revoke(user.id, now=store.clock.now(), only=session_id) == []


def test_a_user_holds_a_bounded_number_of_sessions(store: Store) -> None:
    user = store.add()
    ids = [store.open(user)[0] for _ in range(MAX_SESSIONS + 2)]
    assert store.live(user) == ids[:1:-1]


def test_a_session_that_is_over_is_forgotten_in_time(store: Store) -> None:
    user = store.add()
    _, token = store.open(user)
    store.sessions.close(presented_sha256=token, now=store.clock.now())
    store.clock.move(seconds=ENDED_SESSION_RETENTION.total_seconds())
    store.open(user)
    assert store.sessions.close(presented_sha256=token, now=store.clock.now())
    store.clock.move(seconds=1)
    store.open(user)
    assert store.sessions.close(presented_sha256=token, now=store.clock.now()) == ""


# What the database itself refuses


@pytest.fixture
def ask(emptied_database_url: str) -> Iterator[Callable[..., list[Any]]]:
    database = Postgres(emptied_database_url)
    yield partial(run, database)
    database.close()


def user_in(state: State, ask: Callable[..., list[Any]]) -> str:
    name = f"u-{uuid.uuid4()}"
    insert = "INSERT INTO users (username, username_folded, password_hash, state) VALUES (%s, %s, %s, %s) RETURNING id"
    return str(ask(insert, name, name, HASH, state)[0][0])


def test_the_database_and_the_domain_know_the_same_moves(ask: Callable[..., list[Any]]) -> None:
    from psycopg import errors as pg

    allowed = set()
    for state in State:
        for to in State:
            try:
                ask("UPDATE users SET state = %s WHERE id = %s", to, user_in(state, ask))
                allowed.add((state, to))
            except pg.CheckViolation:
                pass
    assert allowed == {(state, to) for state in State for to in (state, *TRANSITIONS[state])}


def test_only_an_erased_user_has_no_hash(ask: Callable[..., list[Any]]) -> None:
    from psycopg import errors as pg

    with pytest.raises(pg.CheckViolation):
        ask("UPDATE users SET password_hash = NULL WHERE id = %s", user_in(State.ACTIVE, ask))
    ask("UPDATE users SET password_hash = NULL WHERE id = %s", user_in(State.DELETED, ask))


def test_a_proven_address_belongs_to_one(ask: Callable[..., list[Any]]) -> None:
    from psycopg import errors as pg

    insert = "INSERT INTO contacts (user_id, kind, address, address_folded) VALUES (%s, 'email', 'A@b.de', 'a@b.de')"
    owners = [user_in(State.NEW, ask) for _ in range(2)]
    for owner in owners:
        ask(insert, owner)
    ask("UPDATE contacts SET verified_at = now() WHERE user_id = %s", owners[0])
    with pytest.raises(pg.UniqueViolation):
        ask("UPDATE contacts SET verified_at = now() WHERE user_id = %s", owners[1])


@pytest.mark.parametrize("change", ["UPDATE audit_trail SET outcome = 'done'", "DELETE FROM audit_trail"])
def test_the_audit_trail_is_only_added_to(ask: Callable[..., list[Any]], change: str) -> None:
    from psycopg import errors as pg

    ask("INSERT INTO audit_trail (actor_kind, action, outcome) VALUES ('stranger', 'session.open', 'refused')")
    with pytest.raises(pg.InsufficientPrivilege):
        ask(change)
    assert ask("SELECT outcome FROM audit_trail") == [("refused",)]


def test_a_fact_told_twice_is_one_row_of_the_outbox(ask: Callable[..., list[Any]]) -> None:
    from psycopg import errors as pg

    insert = (
        "INSERT INTO outbox (source, event_id, type, occurred_at, data) "
        "VALUES ('/accounts', 'u1-registered', 'io.touchline.accounts.user.registered.v1', now(), '{}')"
    )
    ask(insert)
    with pytest.raises(pg.UniqueViolation):
        ask(insert)
