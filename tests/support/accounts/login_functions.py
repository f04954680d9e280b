"""Login and session, through their real edges, over the stores in memory or over Postgres and Valkey."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

import functions.login.service
import functions.login.wiring
import functions.session.service
import functions.session.wiring
from shared.adapters.postgres.accounts import PostgresSessions, PostgresUsers
from shared.adapters.postgres.audit import PostgresAuditTrail
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey.limits import ValkeyLimits
from shared.domain.accounts import usernames
from shared.domain.accounts.users import State
from shared.ports.accounts import AuditTrail, Sessions, Users
from shared.security.grants import Grants
from shared.security.passwords import HashQueue, Passwords
from shared.security.tokens import Tokens
from shared.testing.accounts import MemorySessions, MemoryUsers
from shared.testing.clock import HandClock
from shared.testing.memory_limits import MemoryLimits
from tests.support.accounts.log_search import PASSWORD, Logs
from tests.support.engines.fixtures import PATIENTLY

KEYS = (("k1", "one" * 12), ("k0", "zero" * 12))
ORIGIN = "https://touchline.example"
ENV = {
    "DATABASE_URL": "postgresql://nowhere/db",
    "LIMITS_URL": "redis://nowhere/0",
    "TOKEN_KEYS": ",".join(f"{kid}:{key}" for kid, key in KEYS),
    "PUBLIC_ORIGIN": ORIGIN,
    "TRUSTED_PROXIES": "127.0.0.0/8,10.0.0.0/8",
}
TRIES = (5, 20)
"""Failed logins within a window: of one account, from one address."""


@dataclass(kw_only=True)
class Stores:
    """What the functions stand on, and what a test does to it."""

    users: Users
    sessions: Sessions
    limits: MemoryLimits | ValkeyLimits
    audit_trail: AuditTrail
    grant: Callable[[str], None]
    move: Callable[[State], None]


@dataclass(kw_only=True)
class Edge:
    """Both functions and what a test turns by hand."""

    login_app: Flask
    session_app: Flask
    stores: Stores
    clock: HandClock
    tokens: Tokens
    gate: HashQueue
    logs: Logs

    def login(self, username: Any = "ada", password: Any = PASSWORD, **more: Any) -> Any:
        headers = more.pop("headers", None)
        body = {"username": username, "password": password, **more}
        return self._kept(self.login_app.test_client().post("/login", json=body, headers=headers), password)

    def token(self, headers: Any = None, **form: Any) -> Any:
        sent = self.login_app.test_client().post("/token", data=form, headers=headers)
        return self._kept(sent, form.get("password"), form.get("refresh_token"))

    def form(self, headers: dict[str, str], **form: str) -> Any:
        form = {"username": "ada", "password": PASSWORD, **form}
        return self._kept(self.login_app.test_client().post("/login", data=form, headers=headers), form["password"])

    def refresh(self, token: str) -> Any:
        return self.post_session("/sessions/refresh", refresh_token=token)

    def logout(self, token: str) -> Any:
        return self.post_session("/sessions/logout", refresh_token=token)

    def post_session(self, path: str, **body: Any) -> Any:
        return self._kept(self.session_app.test_client().post(path, json=body), body.get("refresh_token"))

    def _kept(self, answer: Any, *sent: Any) -> Any:
        granted = answer.get_json(silent=True) or {}
        cookies = [line.partition("=")[2].partition(";")[0] for line in answer.headers.getlist("Set-Cookie")]
        self.logs.keep_secret(*sent, *cookies, granted.get("access_token"), granted.get("refresh_token"))
        return answer

    def as_caller(self, method: str, path: str, access_token: str) -> Any:
        bearer = {"Authorization": f"Bearer {access_token}"}
        return self.session_app.test_client().open(path, method=method, headers=bearer)

    def listed(self, access_token: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.as_caller("GET", "/sessions", access_token).json["items"]
        return items


def in_memory() -> Stores:
    """The fakes."""
    users = MemoryUsers()
    return Stores(
        users=users,
        sessions=MemorySessions(users),
        limits=MemoryLimits(),
        audit_trail=users.audit,
        grant=lambda role: users.grant("ada", role),
        move=lambda to: users.move("ada", to),
    )


def real(database: Postgres, limits_url: str) -> Stores:
    """Postgres and Valkey."""

    def change(statement: bytes, value: Any) -> None:
        with database.connection() as connection:
            connection.execute(statement, (value,))

    return Stores(
        users=PostgresUsers(database),
        sessions=PostgresSessions(database),
        limits=ValkeyLimits(limits_url),
        audit_trail=PostgresAuditTrail(database),
        grant=lambda role: change(b"UPDATE users SET roles = %s", [role]),
        move=lambda to: change(b"UPDATE users SET state = %s", to),
    )


def make(
    stores: Stores,
    monkeypatch: pytest.MonkeyPatch,
    load_function: Callable[..., Flask],
    logs: Logs,
    *,
    at_once: bool = False,
    keys: Any = KEYS,
    cost: int = 4,
    gate: HashQueue | None = None,
) -> Edge:
    """Load both functions over the stores, with one user ``Ada``; `at_once` as `REVOKE_AT_ONCE`."""
    logs.keep_secret(*(key for _, key in keys))
    clock, gate = HandClock(), gate or HashQueue(max_waiting=100)
    passwords = Passwords(cost, gate)
    revocations = stores.limits if at_once else None
    tokens = Tokens(keys, clock, revocations)
    grants = Grants(sessions=stores.sessions, tokens=tokens, clock=clock, revocations=revocations)
    login = functions.login.service.Deps(
        users=stores.users,
        passwords=passwords,
        throttle=stores.limits,
        grants=grants,
        audit_trail=stores.audit_trail,
        clock=clock,
        tries_per_account=TRIES[0],
        tries_per_address=TRIES[1],
    )
    session = functions.session.service.Deps(grants=grants)
    monkeypatch.setattr(functions.login.wiring, "build", lambda settings: login)
    monkeypatch.setattr(functions.session.wiring, "build", lambda settings: session)
    stores.users.add(usernames.validate_new("Ada"), password_hash=Passwords(cost).hash(PASSWORD))
    return Edge(
        login_app=load_function("login", **ENV),
        session_app=load_function("session", **ENV),
        stores=stores,
        clock=clock,
        tokens=tokens,
        gate=gate,
        logs=logs,
    )


@pytest.fixture(params=["memory", "real"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    """Empty stores of both kinds."""
    if request.param == "memory":
        yield in_memory()
        return
    database = Postgres(request.getfixturevalue("emptied_database_url"), acquire_timeout_s=20)
    yield real(database, request.getfixturevalue("bus_url") + PATIENTLY)
    database.close()


@pytest.fixture
def edge(stores: Stores, monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask], logs: Logs) -> Edge:
    """Both functions over both kinds of stores."""
    return make(stores, monkeypatch, load_function, logs)
