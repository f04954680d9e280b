"""Prices as they were a moment ago: in the process for a second, in Valkey until a line changes.

A cached price is for looking only. `betting_place` reads the price again under the event's lock, so what is stopped is
never bet on, whatever is cached; and kick-off is compared with the clock at every look.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Protocol

from shared.domain.betting.bets import Price
from shared.domain.betting.refusals import Refusal
from shared.ports.cache import Cache

GENERATION = "betting-lines"
TTL_S = 60
PROCESS_TTL_S = 1.0
PRICES_AT_MOST = 10_000
"""In the process; more, and it begins anew."""


class PriceStore(Protocol):
    """Prices as they are stored."""

    def prices(self, selection_ids: Collection[int], *, now: datetime) -> Sequence[Price]:
        """Return the prices of selections; one that is not offered is missing."""


class CachedPrices:
    """Prices of a store, cached twice; a miss asks the store."""

    def __init__(self, store: PriceStore, cache: Cache, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Remember where prices come from and where they are kept."""
        self._store = store
        self._cache = cache
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._prices: dict[int, tuple[float, Price]] = {}

    def prices(self, selection_ids: Collection[int], *, now: datetime) -> list[Price]:
        """Return the prices of selections in their order; one that is not offered is missing, and never cached."""
        known = self._in_process(selection_ids)
        missing = [each for each in selection_ids if each not in known]
        generations = {each: self._look_up(each, known) for each in missing}
        missing = [each for each in missing if each not in known]
        if missing:
            for price in self._store.prices(missing, now=now):
                known[price.selection_id] = price
                self._keep(price, generations[price.selection_id])
        return [_at(known[each], now) for each in selection_ids if each in known]

    def forget(self) -> None:
        """Drop what is cached; `Unavailable` when the cache is away, so that the event comes again."""
        with self._lock:
            self._prices.clear()
        self._cache.bump_generation(GENERATION)

    def _in_process(self, selection_ids: Collection[int]) -> dict[int, Price]:
        oldest_s = self._monotonic() - PROCESS_TTL_S
        with self._lock:
            entries = {each: self._prices[each] for each in selection_ids if each in self._prices}
        return {each: price for each, (kept_s, price) in entries.items() if kept_s > oldest_s}

    def _look_up(self, selection_id: int, known: dict[int, Price]) -> int:
        generation, value = self._cache.get_with_generation(f"price:{selection_id}", GENERATION)
        if value is not None:
            fields = json.loads(value)
            price = Price(**{**fields, "starts_at": datetime.fromisoformat(fields["starts_at"])})
            known[selection_id] = price
            self._keep_in_process(price)
        return generation

    def _keep(self, price: Price, generation: int) -> None:
        self._keep_in_process(price)
        if generation:
            value = json.dumps({**asdict(price), "starts_at": price.starts_at.isoformat()}).encode()
            self._cache.put(f"price:{price.selection_id}:{generation}", value, ttl_s=TTL_S)

    def _keep_in_process(self, price: Price) -> None:
        with self._lock:
            if len(self._prices) >= PRICES_AT_MOST:
                self._prices.clear()
            self._prices[price.selection_id] = (self._monotonic(), price)


def _at(price: Price, now: datetime) -> Price:
    return replace(price, refusal=Refusal.EVENT_STARTED.value) if now >= price.starts_at else price
