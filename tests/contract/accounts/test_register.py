"""Register, through its real edge, over the store in memory and over Postgres."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from functions.register import service, wiring
from shared.adapters.postgres.database import Postgres
from shared.events.users import UserRegistered
from shared.outbox import OutboxRelay
from shared.ports.accounts import Users
from shared.security.passwords import HashQueue, Passwords
from shared.testing.accounts import MemoryUsers
from shared.testing.clock import HandClock
from shared.testing.memory_limits import MemoryLimits
from shared.testing.memory_sink import MemorySink
from tests.support.accounts.log_search import PASSWORD, Logs, logs, occupied
from tests.support.functions.problems import assert_problem

__all__ = ["logs"]


NO_LIMITS = "redis://127.0.0.1:1/0"
PER_ADDRESS = 30


def deps_of(users: Users, passwords: Passwords, **more: Any) -> service.Deps:
    """The function over these stores, with its limits in memory."""
    return service.Deps(
        users=users,
        passwords=passwords,
        throttle=more.pop("throttle", None) or MemoryLimits(),
        clock=HandClock(),
        per_address=PER_ADDRESS,
        **more,
    )


@pytest.fixture(params=["memory", "postgres"])
def app(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask]
) -> Iterator[Flask]:
    if request.param == "memory":
        deps = deps_of(MemoryUsers(), Passwords(4))
        monkeypatch.setattr(wiring, "build", lambda settings: deps)
        yield load_function("register", DATABASE_URL="postgresql://nowhere/db", LIMITS_URL=NO_LIMITS)
        return
    database = Postgres(request.getfixturevalue("emptied_database_url"))
    monkeypatch.setattr(wiring, "Postgres", lambda url: database)
    monkeypatch.setattr(wiring, "ValkeyLimits", lambda url: MemoryLimits())
    yield load_function(
        "register",
        DATABASE_URL="postgresql://nowhere/db",
        LIMITS_URL=NO_LIMITS,
        BCRYPT_COST="4",
        REGISTRATIONS_PER_ADDRESS=str(PER_ADDRESS),
    )
    database.close()


@pytest.fixture(autouse=True)
def _secret(logs: Logs) -> None:
    logs.keep_secret(PASSWORD)


def register(app: Flask, username: Any = "ada", password: Any = PASSWORD) -> Any:
    return app.test_client().post("/register", json={"username": username, "password": password})


def test_a_user_is_made_and_shown_without_the_password(app: Flask) -> None:
    answer = register(app, "Ada.Lovelace")
    assert answer.status_code == 201
    assert set(answer.json) == {"id", "username", "state", "created_at"}
    assert answer.json["username"] == "Ada.Lovelace"
    assert answer.json["created_at"].endswith("Z")
    uuid.UUID(answer.json["id"])


@pytest.mark.parametrize("again", ["Ada", "aDa", "ａｄａ", "ADA", "аԁа"])
def test_a_name_that_reads_the_same_is_taken(app: Flask, again: str) -> None:
    assert register(app, "ada").status_code == 201
    assert_problem(register(app, again), 409, "Conflict")


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("apple", "аррӏе"),
        ("paypal", "раураӏ"),
        ("home", "НОМЕ"),
        ("fiona", "fıona"),
        ("аррӏе", "apple"),
        ("İan", "ian"),
    ],
)
def test_a_name_that_another_script_draws_alike_is_taken(app: Flask, name: str, again: str) -> None:
    assert register(app, name).status_code == 201
    assert_problem(register(app, again), 409, "Conflict")


def test_names_that_fold_to_the_same_are_one(app: Flask) -> None:
    assert register(app, "straße").status_code == 201
    assert_problem(register(app, "STRASSE"), 409, "Conflict")


@pytest.mark.parametrize(
    ("username", "rule"),
    [
        ("ab", "must be 3 to 64 characters"),
        ("a" * 65, "must be 3 to 64 characters"),
        ("", "must be 3 to 64 characters"),
        ("ada lovelace", "may hold letters, digits, '.', '_' and '-' only"),
        ("ada\u200dx", "may hold letters, digits, '.', '_' and '-' only"),
        ("ada\u202ex", "may hold letters, digits, '.', '_' and '-' only"),
        ("ada\ufe0f", "may hold letters, digits, '.', '_' and '-' only"),
        ("ada\u3164", "may hold letters, digits, '.', '_' and '-' only"),
        ("ada\x00", "may hold letters, digits, '.', '_' and '-' only"),
        ("ada\n", "may hold letters, digits, '.', '_' and '-' only"),
        ("ada\ud800", "may hold letters, digits, '.', '_' and '-' only"),
        ("ada@home", "may hold letters, digits, '.', '_' and '-' only"),
        ("../etc", "may hold letters, digits, '.', '_' and '-' only"),
        ("-ada", "must begin with a letter or a digit"),
        ("аda", "must be written in one script"),
        ("pаypal", "must be written in one script"),
    ],
)
def test_a_username_that_breaks_a_rule_is_told_which(app: Flask, username: str, rule: str) -> None:
    problem = assert_problem(register(app, username), 400, "Invalid input")
    assert problem["errors"] == {"username": rule}


@pytest.mark.parametrize("username", ["Željko", "Ёлка", "李小龍", "o.neill-9", "x_1", "a" * 64])
def test_letters_of_any_script_make_a_name(app: Flask, username: str) -> None:
    answer = register(app, username)
    assert (answer.status_code, answer.json["username"]) == (201, username)


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("x" * 9, "must be 10 to 1024 characters (it has 9)"),
        ("é" * 9, "must be 10 to 1024 characters (it has 9)"),
        ("e\u0301" * 9, "must be 10 to 1024 characters (it has 9)"),
        ("x" * 1025, "must be 10 to 1024 characters (it has 1025)"),
        ("é" * 1025, "must be 10 to 1024 characters (it has 1025)"),
        ("x" * 9 + "\x00" + "y", "must not contain NUL"),
        ("x" * 10 + "\udc00", "is not valid Unicode"),
        ("password123", "is among those that attackers try first; choose another"),
        ("1234567890", "is among those that attackers try first; choose another"),
    ],
)
def test_a_password_that_breaks_a_rule_is_told_which(app: Flask, password: str, rule: str) -> None:
    answer = register(app, password=password)
    assert assert_problem(answer, 400, "Invalid input")["errors"] == {"password": rule}
    assert password[:9] not in answer.text


@pytest.mark.parametrize("password", ["ada-lovelace", "ADA-LOVELACE", "Ada-Lovelace123!", "..ada-lovelace"])
def test_a_password_is_not_the_username(app: Flask, password: str) -> None:
    answer = register(app, "ada-lovelace", password=password)
    assert assert_problem(answer, 400, "Invalid input")["errors"] == {"password": "must not be the username"}


@pytest.mark.parametrize("password", ["x7#Kq!92mZ", "y" * 72, "y" * 73, "é" * 36, "密" * 24, "y" * 1024, "密" * 1024])
def test_a_password_of_10_to_1024_characters_is_accepted(app: Flask, password: str) -> None:
    assert register(app, password=password).status_code == 201


def test_both_faults_are_named_at_once(app: Flask) -> None:
    assert set(assert_problem(register(app, "a", "b"), 400, "Invalid input")["errors"]) == {"username", "password"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "ada"}, "password"),
        ({"username": 7, "password": PASSWORD}, "username"),
        ({"username": None, "password": PASSWORD}, "username"),
        ({"username": ["ada"], "password": PASSWORD}, "username"),
        ({"username": "ada", "password": PASSWORD, "roles": ["operator"]}, "roles"),
    ],
)
def test_a_body_of_another_shape_names_the_field(app: Flask, body: dict[str, Any], field: str) -> None:
    answer = app.test_client().post("/register", json=body)
    assert list(assert_problem(answer, 400, "Invalid input")["errors"]) == [field]


def test_of_many_who_want_one_name_exactly_one_gets_it(app: Flask) -> None:
    with ThreadPoolExecutor(12) as threads:
        spellings = ["ada", "Ada", "ADA", "ａda"] * 3
        statuses = sorted(threads.map(lambda name: register(app, name).status_code, spellings))
    assert statuses == [201] + [409] * 11


def test_accounts_are_counted_by_network(app: Flask) -> None:
    statuses = [register(app, f"user-{n}").status_code for n in range(PER_ADDRESS)]
    assert set(statuses) == {201}
    refused = register(app, "one-more")
    assert_problem(refused, 429, "Too many requests")
    assert int(refused.headers["Retry-After"]) > 0
    elsewhere = app.test_client().post(
        "/register",
        json={"username": "elsewhere", "password": PASSWORD},
        environ_base={"REMOTE_ADDR": "2001:db8::1"},
    )
    assert elsewhere.status_code == 201


def test_a_taken_name_counts_and_a_faulty_one_does_not(app: Flask) -> None:
    register(app, "ada")
    assert {register(app, "a").status_code for _ in range(PER_ADDRESS)} == {400}
    assert {register(app, "ada").status_code for _ in range(PER_ADDRESS - 1)} == {409}
    assert register(app, "ada").status_code == 429


def test_accounts_that_name_one_e_mail_address_are_counted(app: Flask) -> None:
    def named(n: int, email: str, address: str) -> int:
        body = {"username": f"user-{n}", "password": PASSWORD, "email": email}
        return app.test_client().post("/register", json=body, environ_base={"REMOTE_ADDR": address}).status_code

    spellings = ["ada@example.org", "Ada@Example.ORG", "ADA@example.org", "ada@EXAMPLE.org", "aDa@example.org"]
    assert [named(n, email, f"192.0.2.{n}") for n, email in enumerate(spellings)] == [201] * 5
    assert named(5, "ada@example.org", "192.0.2.5") == 429
    assert named(6, "eva@example.org", "192.0.2.5") == 201


def test_without_the_store_of_limits_nobody_registers(
    monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask]
) -> None:
    limits = MemoryLimits()
    limits.gone = True
    users = MemoryUsers()
    monkeypatch.setattr(wiring, "build", lambda settings: deps_of(users, Passwords(4), throttle=limits))
    app = load_function("register", DATABASE_URL="postgresql://nowhere/db", LIMITS_URL=NO_LIMITS)
    assert_problem(register(app), 503, "Unavailable")


def test_a_full_queue_answers_429_and_when_to_come_back(
    monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask]
) -> None:
    gate = HashQueue(at_once=1, max_waiting=0)
    deps = deps_of(MemoryUsers(), Passwords(4, gate))
    monkeypatch.setattr(wiring, "build", lambda settings: deps)
    app = load_function("register", DATABASE_URL="postgresql://nowhere/db", LIMITS_URL=NO_LIMITS)
    with occupied(gate):
        answer = register(app)
    assert_problem(answer, 429, "Too many requests")
    assert int(answer.headers["Retry-After"]) >= 1
    assert register(app).status_code == 201


def test_ids_are_version_7_in_order_of_registration(app: Flask, request: pytest.FixtureRequest) -> None:
    if "memory" in request.node.name:
        pytest.skip("the store in memory makes ids of its own")
    ids = [uuid.UUID(register(app, name).json["id"]) for name in ("one", "two", "three")]
    assert [made.version for made in ids] == [7, 7, 7]
    assert ids == sorted(ids)


def test_a_silent_database_is_503_and_not_ready(load_function: Callable[..., Flask]) -> None:
    app = load_function("register", DATABASE_URL="postgresql://touchline@127.0.0.1:1/none", LIMITS_URL=NO_LIMITS)
    assert_problem(app.test_client().get("/health/ready"), 503, "Unavailable")
    assert app.test_client().get("/health/live").status_code == 200


@pytest.mark.parametrize("email", ["ada@example.com", "Ada+x@Bücher.example"])
def test_an_address_may_be_claimed_by_many(app: Flask, email: str) -> None:
    for name in ("ada", "eve"):
        body = {"username": name, "password": PASSWORD, "email": email}
        answer = app.test_client().post("/register", json=body)
        assert (answer.status_code, answer.get_json()["state"]) == (201, "new")
        assert email not in answer.text


@pytest.mark.parametrize("email", ["", "ada", "ada@localhost", "a\r\nBcc: eve@mail.de", "x" * 310 + "@mail.de"])
def test_what_is_no_address_is_refused(app: Flask, email: str) -> None:
    answer = app.test_client().post("/register", json={"username": "ada", "password": PASSWORD, "email": email})
    assert list(assert_problem(answer, 400, "Invalid input")["errors"]) == ["email"]
    assert register(app).status_code == 201


def test_a_bug_tells_the_log_what_happened_and_not_to_whom(
    monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask], logs: Logs
) -> None:
    users = MemoryUsers()
    monkeypatch.setattr(users, "is_taken", lambda name: 1 // 0)
    monkeypatch.setattr(wiring, "build", lambda settings: deps_of(users, Passwords(4)))
    answer = register(load_function("register", DATABASE_URL="postgresql://nowhere/db", LIMITS_URL=NO_LIMITS))
    assert_problem(answer, 500, "Internal error")
    assert any("ZeroDivisionError" in line for line in logs.lines)


def test_the_broker_is_told_once_the_answer_is_sent(
    monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask]
) -> None:
    users, sink = MemoryUsers(), MemorySink()
    deps = deps_of(users, Passwords(4), publish_events=OutboxRelay(users.outbox, sink, HandClock()).try_run)
    monkeypatch.setattr(wiring, "build", lambda settings: deps)
    app = load_function("register", DATABASE_URL="postgresql://nowhere/db", LIMITS_URL=NO_LIMITS)
    made = []
    for sink.silent, name in ((True, "ada"), (False, "ada"), (False, "eve")):
        with register(app, name) as answer:
            made.append(answer.json.get("id"))
            assert sink.events == []
    assert made[1] is None
    assert [UserRegistered.from_event(event).user_id for event in sink.events] == [made[0], made[2]]


def test_who_registered_from_where_is_recorded(
    monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask]
) -> None:
    users = MemoryUsers()
    monkeypatch.setattr(wiring, "build", lambda settings: deps_of(users, Passwords(4)))
    made = register(load_function("register", DATABASE_URL="postgresql://nowhere/db", LIMITS_URL=NO_LIMITS))
    (recorded,) = users.audit.list_entries(made.json["id"], before="", limit=9)
    assert (recorded.entry.action, recorded.entry.by.kind) == ("user.register", "stranger")
    assert recorded.entry.by.client.address == "127.0.0.1"
