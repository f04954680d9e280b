"""Bid for stores: one lease a store, money before allowances, and only what changed is sent."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from functions.place_bids.ports import BiddingRow, Deps, Lease, Market, MarketReport, NewCampaign, Tick
from shared import lazy
from shared.errors import Conflict, InvalidInput, NotFound, Overloaded, TouchlineError, Unauthenticated, Unavailable

if TYPE_CHECKING:
    from functions.place_bids import arrow_rows, core
    from shared.domain.ads.pacing import Floats
else:
    arrow_rows, core = lazy.Module("functions.place_bids.arrow_rows"), lazy.Module("functions.place_bids.core")

_log = logging.getLogger(__name__)
T = TypeVar("T")

LEASE_S = 25.0
"""Shorter than a sweep's interval: the sweep after a killed process goes on with its stores."""
TICKED_BEFORE = timedelta(seconds=15)
"""A store is not bid for again sooner, should two sweeps meet."""
HOURS_EVERY = timedelta(minutes=5)
_SETTLES_WITHIN = timedelta(hours=1)
"""An hour is read again until it ended so long ago."""
_WEEKS_KEPT_S = 3_600.0
_PLACES_KEPT_S = 60.0
_RELAYED_AT_ONCE = 200


@dataclass
class MarketCache:
    """Traffic and prices of places as they were read a while ago; they are the same for every seller."""

    weeks: Mapping[str, Floats] = field(default_factory=dict)
    weeks_read_s: float = float("-inf")
    places: dict[str, tuple[float, Sequence[int]]] = field(default_factory=dict)


def sweep(deps: Deps, cache: MarketCache) -> int:
    """Bid for every store that nobody bids for now; the number of stores. One store's trouble does not stop others."""
    if deps.market is None:
        return 0
    now = deps.clock.now()
    stores = deps.store.stores_to_tick(now=now, ticked_before=now - TICKED_BEFORE)
    n_ticked = sum(_try_store(store_id, deps, cache) for store_id in stores)
    relay(deps)
    return n_ticked


def relay(deps: Deps) -> int:
    """Send decisions and hours to ClickHouse; how many batches. A batch that was sent before is stored once."""
    n_sent = 0
    while batches := deps.store.pending(limit=_RELAYED_AT_ONCE):
        for table in (arrow_rows.DECISIONS, arrow_rows.HOURS):
            own = [each for each in batches if each.table_name == table]
            if own:
                rows = arrow_rows.concatenate([each.rows for each in own])
                deps.warehouse.insert_stream(
                    table, arrow_rows.columns_of(rows), rows, token=f"{table} {own[0].id} {own[-1].id} {len(own)}"
                )
        deps.store.delete_pending([each.id for each in batches])
        n_sent += len(batches)
        if len(batches) < _RELAYED_AT_ONCE:
            break
    return n_sent


def tick_store(lease: Lease, deps: Deps, cache: MarketCache) -> None:
    """Read, decide, reserve, store, and tell the market; every step may be repeated after a crash."""
    assert deps.market is not None
    seller = _Seller(lease.store_id, deps.store.read_key(lease.store_id), deps, deps.market)
    now = deps.clock.now()
    hours_from = _hours_from(lease, now)
    rows = deps.store.rows(lease.store_id)
    report = _with_new_campaigns(rows, seller.read(hours_from), seller)
    tick = core.begin(rows, report, seller.weeks(cache), seller.places(rows, report, cache), now=now)
    seller.send(deps.store.commit(lease, tick))
    if hours_from is not None:
        deps.store.store_hours(lease.store_id, report.hours, at=now)
    deps.store.end(lease, now=deps.clock.now(), ticked_at=now, hours_from=hours_from and _first_unsettled(now))


def _try_store(store_id: str, deps: Deps, cache: MarketCache) -> bool:
    now = deps.clock.now()
    lease = deps.store.acquire(store_id, deps.holder, now=now, lasts_s=LEASE_S, ticked_before=now - TICKED_BEFORE)
    if lease is None:
        return False
    try:
        tick_store(lease, deps, cache)
    except (Conflict, InvalidInput, NotFound, Overloaded, Unauthenticated, Unavailable) as exc:
        # Bids stand as they are; what the market may charge meanwhile is reserved.
        _log.warning("a store was not bid for: %s", exc, extra={"action": "bid_tick", "store": store_id})
        _end_quietly(lease, deps)
        return False
    return True


def _end_quietly(lease: Lease, deps: Deps) -> None:
    with suppress(TouchlineError):  # it ends by itself
        deps.store.end(lease, now=deps.clock.now(), ticked_at=None)


def _with_new_campaigns(rows: Sequence[BiddingRow], report: MarketReport, seller: _Seller) -> MarketReport:
    """Create what the market does not know yet; the same reference again is the same campaign."""
    new = core.missing(rows, report)
    if not new:
        return report
    seller.create([NewCampaign(reference=row.campaign_id, name=row.name, region=row.region) for row in new])
    return seller.read(None)


def _hours_from(lease: Lease, now: datetime) -> datetime | None:
    """The hour from which hours are read at this tick; None at most ticks, as they are many."""
    if lease.hours_read_at is not None and now - lease.hours_read_at < HOURS_EVERY:
        return None
    return lease.hours_from or now - timedelta(days=7)


def _first_unsettled(now: datetime) -> datetime:
    return (now - _SETTLES_WITHIN).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class _Seller:
    """Requests of one store, each within its limit."""

    store_id: str
    key: str
    deps: Deps
    market: Market

    def read(self, hours_from: datetime | None) -> MarketReport:
        return self._within_limit(lambda: self.market.read(self.key, hours_from=hours_from))

    def create(self, campaigns: Sequence[NewCampaign]) -> None:
        self._within_limit(lambda: self.market.create(self.key, campaigns))

    def weeks(self, cache: MarketCache) -> Mapping[str, Floats]:
        if time.monotonic() - cache.weeks_read_s > _WEEKS_KEPT_S:
            cache.weeks = self._within_limit(lambda: self.market.regions(self.key))
            cache.weeks_read_s = time.monotonic()
        return cache.weeks

    def places(
        self, rows: Sequence[BiddingRow], report: MarketReport, cache: MarketCache
    ) -> Mapping[str, Sequence[int]]:
        """Prices of places in regions where a campaign wants a position or makes its first bid."""
        wanted = {row.region for row in rows if row.position is not None or row.bidder is None}
        now_s = time.monotonic()
        stale = sorted(r for r in wanted if r not in cache.places or now_s - cache.places[r][0] > _PLACES_KEPT_S)
        if stale and report.campaigns:
            found = self._within_limit(lambda: self.market.places(self.key, stale))
            cache.places.update({region: (now_s, prices) for region, prices in found.items()})
        return {region: cache.places[region][1] for region in wanted if region in cache.places}

    def send(self, tick: Tick) -> None:
        """Lower allowances first and raise them last, so that in no order of failures more is allowed than reserved."""
        wanted = core.changes(tick)
        if wanted.lowered:
            self._within_limit(lambda: self.market.put_allowances(self.key, wanted.lowered))
        if wanted.bids:
            self._within_limit(lambda: self.market.put_bids(self.key, wanted.bids))
        if wanted.raised:
            self._within_limit(lambda: self.market.put_allowances(self.key, wanted.raised))
        if wanted.states:
            self._within_limit(lambda: self.market.put_states(self.key, wanted.states))

    def _within_limit(self, request: Callable[[], T]) -> T:
        self.deps.limiter.wait(self.store_id)
        try:
            return request()
        except Overloaded as exc:
            self.deps.limiter.delay(self.store_id, exc.retry_after_s)
            raise
