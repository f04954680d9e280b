"""The functions of bets through their real edges, over a book of events."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from shared.adapters.postgres import ledger_blocks
from shared.clock import SystemClock
from shared.events import cloudevents
from shared.events.envelope import Event
from shared.security.tokens import Caller, Tokens
from tests.support.betting.book import Book
from tests.support.engines.fixtures import PATIENTLY

KEYS = (("k1", "one" * 12),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is logged in."""

    id: str
    token: str = field(repr=False)


@dataclass
class Counter:
    """Where bets are placed: the functions, and the book behind them."""

    book: Book
    environment: dict[str, str]
    load: Callable[..., Flask]
    apps: dict[str, Flask] = field(default_factory=dict)

    def person(self, *roles: str, user_id: str = "", username: str = "somebody") -> Person:
        """A user with the first coins, logged in."""
        user_id = user_id or str(uuid.uuid4())
        self.book.coins.open(user_id)
        tokens = Tokens(KEYS, SystemClock())
        return Person(id=user_id, token=tokens.sign(Caller(user_id=user_id, username=username, roles=roles)))

    def ask(self, method: str, path: str, who: Person | None = None, *, key: str = "", **sent: Any) -> Any:
        """The answer of bets, or of the first bet maker's API below ``/api``."""
        headers = {"Authorization": f"Bearer {who.token}"} if who else {}
        headers |= {"Idempotency-Key": key} if key else {}
        function = "bet_maker" if path.startswith("/api/") else "bets"
        return self.app(function).test_client().open(path, method=method, headers=headers, **sent)

    def deliver(self, event: Event, path: str, function: str = "bets") -> Any:
        """The answer to an event."""
        headers, body = cloudevents.to_http(event)
        return self.app(function).test_client().post(f"/events/{path}", headers=headers, data=body)

    def app(self, function: str) -> Flask:
        """A function, loaded when it is first asked."""
        if function not in self.apps:
            self.apps[function] = self.load(function, **self.environment)
        return self.apps[function]


@pytest.fixture
def counter(
    book: Book,
    emptied_database_url: str,
    bus_url: str,
    cache_url: str,
    load_function: Callable[..., Flask],
    monkeypatch: pytest.MonkeyPatch,
) -> Counter:
    """The functions over an empty book; blocks of the ledger are sealed when a test says so."""
    monkeypatch.setattr(ledger_blocks.BlockSealer, "notify", lambda _: None)
    environment = {
        "DATABASE_URL": emptied_database_url,
        "CACHE_URL": cache_url,
        "LIMITS_URL": bus_url + PATIENTLY,
        "TOKEN_KEYS": ",".join(f"{kid}:{text}" for kid, text in KEYS),
        "BCRYPT_COST": "4",
    }
    return Counter(book, environment, load_function)


def soon(hours: float = 3) -> datetime:
    """A moment after the real clock's."""
    return datetime.now(UTC) + timedelta(hours=hours)
