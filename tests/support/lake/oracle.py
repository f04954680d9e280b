"""The oracle: sums of purchases in plain Python over raw events, in whatever order and however often they came."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from shared.events.envelope import Event
from shared.events.shop import PurchaseCancelled

Sums = dict[Any, tuple[int, int, int]]
"""Purchases, items and revenue by whatever they are summed by."""


def final_purchases(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return what counts in the end: of each purchase the highest version, unless it is cancelled."""
    latest: dict[str, tuple[int, bool, dict[str, Any]]] = {}
    for event in events:
        payload = json.loads(event.data)
        candidate = (payload["version"], event.type == PurchaseCancelled.TYPE, payload)
        if payload["purchase_id"] not in latest or candidate[:2] > latest[payload["purchase_id"]][:2]:
            latest[payload["purchase_id"]] = candidate
    return [payload for _, cancelled, payload in latest.values() if not cancelled]


def day_of(purchase: dict[str, Any]) -> date:
    """The UTC day of a purchase."""
    return datetime.fromisoformat(purchase["purchased_at"]).astimezone(UTC).date()


def sums(purchases: Iterable[dict[str, Any]], *by: str) -> Sums:
    """Sum by currency and by these: ``day`` or a field."""
    counts: Counter[Any] = Counter()
    items: Counter[Any] = Counter()
    revenue: Counter[Any] = Counter()
    for each in purchases:
        key = (each["currency"], *(day_of(each) if name == "day" else each[name] for name in by))
        counts[key] += 1
        items[key] += each["quantity"]
        revenue[key] += each["total"]
    return {key: (counts[key], items[key], revenue[key]) for key in counts}
