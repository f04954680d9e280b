"""Login, through its real edge, over the store in memory and over Postgres."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import bcrypt
import pytest
from flask import Flask

from functions.login import service, wiring
from shared.adapters.accounts import PostgresSessions, PostgresUsers
from shared.adapters.postgres import Postgres
from shared.domain import usernames
from shared.domain.accounts import ACCESS_LIFETIME, IDLE_LIMIT
from shared.passwords import Gate, Passwords
from shared.ports import Sessions, Users
from shared.testing.accounts import MemorySessions, MemoryUsers
from shared.testing.clock import HandClock
from shared.tokens import Tokens
from tests.accounts import PASSWORD, occupied
from tests.problems import assert_problem

KEYS = (("k1", "one" * 12), ("k0", "zero" * 12))
ENV = {"DATABASE_URL": "postgresql://nowhere/db", "TOKEN_KEYS": ",".join(f"{kid}:{key}" for kid, key in KEYS)}


@dataclass
class Bench:
    """The function and what a test turns by hand."""

    app: Flask
    clock: HandClock
    tokens: Tokens
    users: Users
    grant: Callable[[str], None]

    def post(self, path: str, **body: Any) -> Any:
        return self.app.test_client().post(path, json=body)

    def login(self, username: Any = "ada", password: Any = PASSWORD) -> Any:
        return self.post("/login", username=username, password=password)

    def refresh(self, token: str) -> Any:
        return self.post("/login/refresh", refresh_token=token)

    def logout(self, token: str) -> Any:
        return self.post("/login/logout", refresh_token=token)


@pytest.fixture(params=["memory", "postgres"])
def bench(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask]
) -> Iterator[Bench]:
    clock = HandClock()
    passwords, tokens = Passwords(4, Gate(waiting_at_most=100)), Tokens(KEYS, clock)
    database: Postgres | None = None
    users: Users
    sessions: Sessions
    if request.param == "memory":
        users = memory = MemoryUsers()
        sessions = MemorySessions(memory)

        def grant(role: str) -> None:
            memory.grant("ada", role)
    else:
        opened = database = Postgres(request.getfixturevalue("emptied_database_url"))
        users, sessions = PostgresUsers(database), PostgresSessions(database)

        def grant(role: str) -> None:
            with opened.connection() as connection:
                connection.execute("UPDATE users SET roles = %s", ([role],))

    deps = service.Deps(users=users, sessions=sessions, passwords=passwords, tokens=tokens, clock=clock)
    monkeypatch.setattr(wiring, "build", lambda settings: deps)
    users.add(usernames.chosen("Ada"), password_hash=passwords.hash(PASSWORD))
    yield Bench(app=load_function("login", **ENV), clock=clock, tokens=tokens, users=users, grant=grant)
    if database is not None:
        database.close()


def test_a_login_hands_out_a_token_that_names_the_user(bench: Bench) -> None:
    answer = bench.login("ADA")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.json) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    assert len(answer.json["refresh_token"]) >= 43
    who = bench.tokens.verify(answer.json["access_token"])
    known = bench.users.find("ada")
    assert known is not None
    assert (who.user_id, who.username, who.roles) == (known.user.id, "Ada", ())


WRONG = [
    ("ada", "wrong horse battery"),
    ("nobody", PASSWORD),
    ("nobody", "x"),
    ("ada", ""),
    ("", ""),
    ("ada", "x" * 1025),
    ("ada", PASSWORD + "x" * 60),
    ("ada", PASSWORD + "\x00"),
    ("ada", "\ud800"),
    ("ada\x00", PASSWORD),
    ("ada\ud800", PASSWORD),
    ("a" * 10_000, "b" * 10_000),
    ("' OR 1=1 --", "' OR 1=1 --"),
]


@pytest.mark.parametrize(("username", "password"), WRONG)
def test_a_wrong_user_and_a_wrong_password_answer_alike(
    bench: Bench, username: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[bytes] = []
    check = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda raw, hashed: costs.append(hashed[:7]) or check(raw, hashed))  # type: ignore[func-returns-value]
    answer = bench.login(username, password)
    problem = assert_problem(answer, 401, "Not authenticated")
    assert problem["detail"] == "the username or the password is wrong"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert costs == [b"$2b$04$"], "each answer must cost exactly one check of the same work factor"


def test_a_72_byte_password_is_not_matched_by_its_first_bytes(bench: Bench) -> None:
    hashed = Passwords(4).hash("x" * 72)
    bench.users.add(usernames.chosen("long"), password_hash=hashed)
    assert bench.login("long", "x" * 72).status_code == 200
    assert [bench.login("long", "x" * n).status_code for n in (71, 73, 144)] == [401, 401, 401]


def test_a_refresh_rotates_the_token(bench: Bench) -> None:
    first = bench.login().json["refresh_token"]
    bench.clock.move(minutes=20)
    answer = bench.refresh(first)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["refresh_token"] != first
    bench.tokens.verify(answer.json["access_token"])
    assert bench.refresh(answer.json["refresh_token"]).status_code == 200


def test_a_refresh_brings_the_roles_of_today(bench: Bench) -> None:
    token = bench.login().json["refresh_token"]
    bench.grant("operator")
    assert bench.tokens.verify(bench.refresh(token).json["access_token"]).roles == ("operator",)


def test_a_second_use_revokes_the_whole_session_but_no_other(bench: Bench) -> None:
    other = bench.login().json["refresh_token"]
    first = bench.login().json["refresh_token"]
    second = bench.refresh(first).json["refresh_token"]
    assert_problem(bench.refresh(first), 401, "Not authenticated")
    assert_problem(bench.refresh(second), 401, "Not authenticated")
    assert bench.refresh(other).status_code == 200


def test_a_refresh_token_lives_30_days(bench: Bench) -> None:
    token = bench.login().json["refresh_token"]
    bench.clock.move(seconds=(IDLE_LIMIT - timedelta(seconds=1)).total_seconds())
    token = bench.refresh(token).json["refresh_token"]
    bench.clock.move(seconds=IDLE_LIMIT.total_seconds())
    assert_problem(bench.refresh(token), 401, "Not authenticated")


def test_an_expired_rotated_token_is_refused_and_ends_nothing(bench: Bench) -> None:
    first = bench.login().json["refresh_token"]
    bench.clock.move(days=29)
    second = bench.refresh(first).json["refresh_token"]
    bench.clock.move(days=2)
    third = bench.refresh(second).json["refresh_token"]
    assert_problem(bench.refresh(first), 401, "Not authenticated")
    assert bench.refresh(third).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "\x00", "A" * 43, "../../x"])
def test_an_unknown_refresh_token_is_refused(bench: Bench, token: str) -> None:
    assert assert_problem(bench.refresh(token), 401, "Not authenticated")["detail"] == "the refresh token is not valid"


@pytest.mark.parametrize(
    "body",
    [{}, {"refresh_token": 7}, {"refresh_token": "x" * 513}, {"refresh_token": None}, {"refresh_token": "\ud800"}],
)
@pytest.mark.parametrize("path", ["/login/refresh", "/login/logout"])
def test_a_refresh_body_of_another_shape_names_the_field(bench: Bench, path: str, body: dict[str, Any]) -> None:
    assert list(assert_problem(bench.post(path, **body), 400, "Invalid input")["errors"]) == ["refresh_token"]


def test_a_logout_ends_the_session(bench: Bench) -> None:
    first = bench.login().json["refresh_token"]
    second = bench.refresh(first).json["refresh_token"]
    answer = bench.logout(second)
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert_problem(bench.refresh(second), 401, "Not authenticated")
    assert bench.logout(second).status_code == 204


def test_a_rotated_token_still_logs_out(bench: Bench) -> None:
    first = bench.login().json["refresh_token"]
    second = bench.refresh(first).json["refresh_token"]
    assert bench.logout(first).status_code == 204
    assert_problem(bench.refresh(second), 401, "Not authenticated")


def test_logging_out_with_an_unknown_token_says_nothing(bench: Bench) -> None:
    assert bench.logout("never issued").status_code == 204


def test_of_50_simultaneous_refreshes_exactly_one_succeeds(bench: Bench) -> None:
    token = bench.login().json["refresh_token"]
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: bench.refresh(token), range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49
    successor = next(answer.json["refresh_token"] for answer in answers if answer.status_code == 200)
    assert_problem(bench.refresh(successor), 401, "Not authenticated")


def test_no_successor_escapes_a_revocation(bench: Bench) -> None:
    """Whoever wins, after a reuse was seen no token of the session works any more."""
    for _ in range(10):
        first = bench.login().json["refresh_token"]
        second = bench.refresh(first).json["refresh_token"]
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(bench.refresh, [second, first] * 4))
        alive = [answer.json["refresh_token"] for answer in answers if answer.status_code == 200]
        assert len(alive) <= 1
        assert [bench.refresh(token).status_code for token in alive] == [401] * len(alive)


def test_a_full_queue_answers_429_for_known_and_unknown_alike(
    monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask]
) -> None:
    gate, clock, users = Gate(at_once=1, waiting_at_most=0), HandClock(), MemoryUsers()
    users.add(usernames.chosen("ada"), password_hash=Passwords(4).hash(PASSWORD))
    deps = service.Deps(
        users=users,
        sessions=MemorySessions(users),
        passwords=Passwords(4, gate),
        tokens=Tokens(KEYS, clock),
        clock=clock,
    )
    monkeypatch.setattr(wiring, "build", lambda settings: deps)
    client = load_function("login", **ENV).test_client()
    with occupied(gate):
        answers = [client.post("/login", json={"username": name, "password": PASSWORD}) for name in ("ada", "nobody")]
    for answer in answers:
        assert_problem(answer, 429, "Too many requests")
        assert int(answer.headers["Retry-After"]) >= 1
    assert answers[0].get_data() == answers[1].get_data()


def test_no_log_tells_a_password_or_a_token(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    grant = bench.login().json
    bench.login("ada", PASSWORD + "!")
    again = bench.refresh(grant["refresh_token"]).json
    bench.refresh(grant["refresh_token"])
    bench.logout(again["refresh_token"])
    secrets = [PASSWORD, *(key for _, key in KEYS)]
    secrets += [tokens[name] for tokens in (grant, again) for name in ("access_token", "refresh_token")]
    assert [secret for secret in secrets if secret in caplog.text] == []
    assert secrets[-1] not in repr(service.Grant(access_token=secrets[-2], refresh_token=secrets[-1]))


def test_only_digests_of_refresh_tokens_are_stored(bench: Bench, request: pytest.FixtureRequest) -> None:
    if "memory" in request.node.name:
        pytest.skip("nothing is stored in memory")
    token = bench.login().json["refresh_token"]
    database = Postgres(request.getfixturevalue("emptied_database_url"))
    with database.connection() as connection:
        stored = connection.execute("SELECT refresh_tokens::text, sessions::text FROM refresh_tokens, sessions")
        assert token not in repr(stored.fetchall())
    database.close()


def test_an_access_token_ends_after_15_minutes(bench: Bench) -> None:
    token = bench.login().json["access_token"]
    bench.clock.move(seconds=ACCESS_LIFETIME.total_seconds() - 1)
    bench.tokens.verify(token)
    bench.clock.move(seconds=1)
    with pytest.raises(Exception, match="has expired"):
        bench.tokens.verify(token)
