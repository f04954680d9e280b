"""The shop's events: what a reader of the log may rely on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.errors import InvalidInput
from shared.events.shop import PurchaseCancelled, PurchaseMade
from tests.unit.shared.events.test_cloudevents import PURCHASE

MADE = PurchaseMade(**PURCHASE)
CANCELLED = PurchaseCancelled(**PURCHASE, cancelled_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))


def test_a_tombstone_has_the_purchase_of_the_fact_and_a_later_version() -> None:
    made, cancelled = MADE.to_event(), CANCELLED.to_event()
    assert (made.subject, made.extensions) == (cancelled.subject, cancelled.extensions)
    assert made.id != cancelled.id, "an inbox that knows the one must take the other"
    first, second = json.loads(made.data), json.loads(cancelled.data)
    assert (first.pop("version"), second.pop("version")) == (1, 2)
    assert second.pop("cancelled_at") == "2026-03-02T09:30:00Z"
    assert first == second, "a tombstone that comes first still says what it takes away"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unit_price", 24.99),
        ("total", 7397.0),
        ("quantity", True),
        ("quantity", "3"),
        ("product_id", "prod-027"),
        ("product_id", 27),
        ("customer_id", None),
        ("purchased_at", "2026-03-01T23:59:59"),
        ("total", 7396),
        ("version", 2),
        ("category", ""),
    ],
)
def test_money_as_a_float_ids_of_another_kind_and_times_without_a_zone_are_refused(field: str, value: Any) -> None:
    event = MADE.to_event()
    spoilt = json.dumps({**json.loads(event.data), field: value}).encode()
    with pytest.raises(InvalidInput, match=event.id):
        PurchaseMade.from_event(replace(event, data=spoilt))
