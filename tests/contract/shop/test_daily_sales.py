"""Purchases through the lake into sales: what the oracle counts, however they came."""

from __future__ import annotations

import random

from tests.support.lake import oracle
from tests.support.lake.lake import Lake, lake
from tests.support.lake.purchases import random_events

__all__ = ["lake"]


def test_sales_are_what_the_oracle_counts_however_events_came(lake: Lake) -> None:
    events = list(random_events(1, 300))
    shuffled = random.Random(2).sample(events, len(events))
    lake.load(shuffled[:200])
    lake.load(shuffled[200:] + shuffled[:20])
    lake.build()
    expected = oracle.final_purchases(events)
    by_day = oracle.sums(expected, "day")
    assert lake.sums("sales_by_day", "day") == by_day
