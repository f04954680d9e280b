"""The functions of coins and merch through their real edges, over a real Postgres, Valkey and ClickHouse."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.accounts import PostgresUsers
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.domain.accounts import usernames
from shared.events import cloudevents
from shared.events.envelope import Event
from shared.events.money import TransactionPosted
from shared.security.passwords import Passwords
from shared.security.tokens import Caller, Tokens
from tests.support.engines.fixtures import PATIENTLY
from tests.support.engines.postgres import run

KEYS = (("k1", "one" * 12),)
PASSWORD = "correct horse battery staple"
HASH = Passwords(4).hash(PASSWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is logged in."""

    id: str
    name: str
    token: str = field(repr=False)


@dataclass
class Shop:
    """The functions, and what a test looks at behind them."""

    database: Postgres
    environment: dict[str, str]
    load: Callable[..., Flask]
    tokens: Tokens
    apps: dict[str, Flask] = field(default_factory=dict)

    def person(self, name: str = "", *roles: str) -> Person:
        """A new user, logged in."""
        name = name or f"user-{uuid.uuid4().hex[:12]}"
        user = PostgresUsers(self.database).add(usernames.validate_new(name), password_hash=HASH)
        run(self.database, "UPDATE users SET roles = %s WHERE id = %s", list(roles), user.id)
        return self.log_in(user.id, name, *roles)

    def log_in(self, user_id: str, name: str, *roles: str) -> Person:
        """A token of a user."""
        token = self.tokens.sign(Caller(user_id=user_id, username=name, roles=roles))
        return Person(id=user_id, name=name, token=token)

    def seal(self) -> list[TransactionPosted]:
        """Seal what was posted, hand the events to coins, and return them."""
        ledger_blocks.seal_all(self.database)
        rows = run(self.database, "DELETE FROM outbox WHERE type = %s RETURNING data::text", TransactionPosted.TYPE)
        blocks = sorted(json.loads(text)["block"] for (text,) in rows)
        with self.database.connection() as connection:
            events = [ledger_blocks.read_block(connection, number) for number in blocks]
        for posted in events:
            assert self.deliver(posted.to_event(), "transaction-posted").status_code == 202
        return events

    def deliver(self, event: Event, path: str, function: str = "coins") -> Any:
        """The answer of a function to an event."""
        headers, body = cloudevents.to_http(event)
        return self.app(function).test_client().post(f"/events/{path}", headers=headers, data=body)

    def ask(self, method: str, path: str, who: Person | None = None, *, key: str = "", **sent: Any) -> Any:
        """The answer of the function that has this path."""
        headers = {"Authorization": f"Bearer {who.token}"} if who else {}
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= sent.pop("headers", {})
        first = path.split("/")[1].partition("?")[0]
        client = self.app(_FUNCTIONS.get(first, first.replace("-", "_"))).test_client()
        return client.open(path, method=method, headers=headers, **sent)

    def app(self, function: str) -> Flask:
        """A function, loaded when it is first asked."""
        if function not in self.apps:
            self.apps[function] = self.load(function, **self.environment)
        return self.apps[function]


_FUNCTIONS = {"api": "staff_shop", "coins": "coins", "merch": "merch"}


@pytest.fixture
def shop(
    emptied_database_url: str, bus_url: str, load_function: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    """The functions over empty stores, without a broker; blocks are sealed when a test says so."""
    monkeypatch.setattr(ledger_blocks.BlockSealer, "notify", lambda _: None)
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    environment = {
        "DATABASE_URL": emptied_database_url,
        "LIMITS_URL": bus_url + PATIENTLY,
        "TOKEN_KEYS": ",".join(f"{kid}:{text}" for kid, text in KEYS),
        "BCRYPT_COST": "4",
    }
    yield Shop(database, environment, load_function, Tokens(KEYS, SystemClock()))
    database.close()


@pytest.fixture
def whole_shop(shop: Shop, clickhouse_url: str) -> Shop:
    """The functions with an empty projection as well."""
    shop.environment["CLICKHOUSE_URL"] = clickhouse_url
    return shop
