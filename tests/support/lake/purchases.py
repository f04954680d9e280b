"""Purchases as events, made up from a seed."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.events.envelope import Event
from shared.events.shop import PurchaseCancelled, PurchaseMade

CATEGORIES = ("books", "games", "garden")
START = datetime(2026, 3, 1, tzinfo=UTC)


def purchase(**changes: Any) -> dict[str, Any]:
    """A purchase's payload."""
    payload: dict[str, Any] = {
        "purchase_id": str(uuid.uuid4()),
        "version": 1,
        "customer_id": "customer-1",
        "seller_id": "seller-1",
        "product_id": "product-1",
        "product_name": "A product",
        "category": "books",
        "quantity": 2,
        "unit_price": 450,
        "discount": 0,
        "currency": "EUR",
        "purchased_at": "2026-03-01T12:00:00Z",
    } | changes
    if "total" not in payload:
        payload["total"] = payload["quantity"] * payload["unit_price"] - payload["discount"]
    return payload


def event(payload: dict[str, Any], *, cancelled: bool = False) -> Event:
    """The event of a purchase, or of its cancellation."""
    return Event(
        id=f"{payload['purchase_id']}-{payload['version']}",
        source="/touchline/shop",
        type=PurchaseCancelled.TYPE if cancelled else PurchaseMade.TYPE,
        time=_time(payload),
        subject=f"purchases/{payload['purchase_id']}",
        data=json.dumps(payload).encode(),
    )


def cancellation(made: Event) -> Event:
    """The tombstone of a purchase."""
    payload = json.loads(made.data)
    return event(payload | {"version": 2, "cancelled_at": "2026-03-20T00:00:00Z"}, cancelled=True)


def random_events(seed: int, n_purchases: int, *, days: int = 4) -> Iterator[Event]:
    """Purchases of several days, customers, sellers and currencies; a tenth is cancelled, some come twice."""
    luck = random.Random(seed)
    for _ in range(n_purchases):
        moment = START + timedelta(seconds=luck.randrange(days * 86_400), microseconds=luck.randrange(10**6))
        made = event(
            purchase(
                purchase_id=str(uuid.UUID(int=luck.getrandbits(128))),
                customer_id=f"customer-{luck.randrange(12)}",
                seller_id=f"seller-{luck.randrange(3)}",
                product_id=f"product-{luck.randrange(8)}",
                category=luck.choice(CATEGORIES),
                quantity=luck.randrange(1, 5),
                unit_price=luck.randrange(1, 10_000),
                discount=luck.choice((0, 0, 1)),
                currency=luck.choice(("EUR", "EUR", "JPY")),
                purchased_at=moment.isoformat(),
            )
        )
        yield made
        if luck.random() < 0.1:
            yield cancellation(made)
        if luck.random() < 0.1:
            yield made


def _time(payload: dict[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(payload["purchased_at"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return START
