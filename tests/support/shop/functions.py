"""The function shop through its real edge, over a real Postgres and a log of its own."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from functions.shop import wiring
from shared.adapters.memory.event_log import MemoryLog
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.shop.outbox import PurchaseRelay
from shared.clock import SystemClock
from shared.events import cloudevents
from shared.events.envelope import Event
from shared.events.shop import TOPIC, PurchaseCancelled, PurchaseEvent, PurchaseMade
from shared.security.tokens import Caller, Tokens
from tests.support.engines.postgres import run

KEYS = (("k1", "one" * 12),)
_EVENTS = {kind.TYPE: kind for kind in (PurchaseMade, PurchaseCancelled)}
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is logged in."""

    id: str
    token: str = field(repr=False)


@dataclass
class ShopUnderTest:
    """The function, and what a test looks at behind it."""

    database: Postgres
    log: MemoryLog
    tokens: Tokens
    app: Flask

    def person(self, *roles: str) -> Person:
        """Somebody new, logged in; the shop asks nobody else who they are."""
        user_id = str(uuid.uuid4())
        return Person(id=user_id, token=self.tokens.sign(Caller(user_id=user_id, username="somebody", roles=roles)))

    @property
    def operator(self) -> Person:
        """Somebody who may do everything."""
        return self.person("operator")

    def ask(self, method: str, path: str, who: Person | None = None, *, key: str = "", **sent: Any) -> Any:
        """The answer of the function; a POST has a key of its own unless one is given."""
        headers = {"Authorization": f"Bearer {who.token}"} if who else {}
        headers |= {"Idempotency-Key": key or str(uuid.uuid4())} if method == "POST" else {}
        headers |= sent.pop("headers", {})
        return self.app.test_client().open(f"/shop/v1/{path}", method=method, headers=headers, **sent)

    def made(self, method: str, path: str, who: Person | None, **sent: Any) -> dict[str, Any]:
        """What the function made; any other answer fails the test."""
        answer = self.ask(method, path, who, **sent)
        assert answer.status_code in (200, 201), answer.text
        made: dict[str, Any] = answer.json
        return made

    def seller(self, who: Person | None = None, **fields: Any) -> dict[str, Any]:
        """A new seller whom somebody acts for."""
        body = {"name": "Fan shop", "email": f"seller-{next(_numbers)}@example.org", "user_id": who.id if who else None}
        return self.made("POST", "sellers", self.operator, json={**body, **fields})

    def product(self, seller: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """A new product."""
        body = {"name": "Home shirt", "category": "Shirts", "price": 2499, "currency": "EUR", "stock": 10}
        seller = seller or self.seller()
        return self.made("POST", "products", self.operator, json={"seller_id": seller["id"], **body, **fields})

    def customer(self, who: Person | None = None, **fields: Any) -> dict[str, Any]:
        """A new customer; a user, where one is given."""
        body = {"first_name": "Ada", "last_name": "King", "email": f"customer-{next(_numbers)}@example.org"}
        return self.made("POST", "customers", who or self.operator, json={**body, **fields})

    def buy(
        self, product: dict[str, Any], customer: dict[str, Any], who: Person, *, key: str = "", **fields: Any
    ) -> Any:
        """The answer to a purchase."""
        body = {"product_id": product["id"], "customer_id": customer["id"], "quantity": 1, **fields}
        return self.ask("POST", "purchases", who, key=key, json=body)

    def stock(self, product: dict[str, Any]) -> int:
        """The pieces that are left."""
        stock: int = run(self.database, "SELECT stock FROM shop_products WHERE id = %s", product["id"])[0][0]
        return stock

    def deliver(self, event: Event, path: str) -> Any:
        """The answer of the function to an event."""
        headers, body = cloudevents.to_http(event)
        return self.app.test_client().post(f"/events/{path}", headers=headers, data=body)

    def publish(self) -> None:
        """Take what waits in the outbox to the log."""
        PurchaseRelay(self.database, self.log).publish_pending()

    def events(self) -> list[PurchaseEvent]:
        """The events on the log, in the order of each partition."""
        entries = [cloudevents.from_record(each.headers, each.value) for each in self.log.replay(TOPIC)]
        return [_EVENTS[event.type].from_event(event) for event in entries]


@pytest.fixture
def shop(
    emptied_database_url: str, load_function: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> Iterator[ShopUnderTest]:
    """The function over empty tables; purchases go to the log when a test says so."""
    monkeypatch.setattr(wiring.Upkeep, "publish_soon", lambda _: None)
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    environment = {
        "DATABASE_URL": emptied_database_url,
        "EVENT_LOG_URL": "redis://127.0.0.1:1/0",
        "TOKEN_KEYS": ",".join(f"{kid}:{text}" for kid, text in KEYS),
    }
    app = load_function("shop", **environment)
    yield ShopUnderTest(database, MemoryLog(), Tokens(KEYS, SystemClock()), app)
    database.close()
