"""Bidding in Postgres: leases, the ledger's postings and the rows of a tick in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.place_bids.ports import BiddingRow, CampaignTick, Lease, MarketHour, PendingRows, Tick
from shared import lazy
from shared.adapters.postgres import ads_stores, ledger
from shared.adapters.postgres.statements import Statements
from shared.domain.ads.spending import BUDGET, budget_of
from shared.domain.ads.stores import funds_of, revenue_from
from shared.domain.money.ledger import AccountId, NewTransaction, Posting
from shared.errors import Conflict, NotFound, Overloaded

if TYPE_CHECKING:
    import numpy as np

    from functions.place_bids import arrow_rows, core
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.domain.ads import decisions
    from shared.security.sealing import Sealer
else:
    np, core = lazy.Module("numpy"), lazy.Module("functions.place_bids.core")
    decisions = lazy.Module("shared.domain.ads.decisions")
    arrow_rows = lazy.Module("functions.place_bids.arrow_rows")

_SQL = Statements(Path(__file__).with_name("queries.sql"))
_POSTINGS_AT_ONCE = 900
_ROTATED_AT_ONCE = 100
_LONGEST_WAIT_S = 3.0


@dataclass(frozen=True, slots=True)
class _LeaseRow:
    hours_read_at: datetime | None
    hours_from: str


class PostgresBids:
    """The tables of bidding."""

    def __init__(self, database: Postgres, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    def stores_to_tick(self, *, now: datetime, ticked_before: datetime) -> list[str]:
        """Stores that nobody bids for now and whose last tick is so long ago."""
        return _SQL.values(self._database, "stores_to_tick", now=now, ticked_before=ticked_before)

    def acquire(
        self, store_id: str, holder: str, *, now: datetime, lasts_s: float, ticked_before: datetime
    ) -> Lease | None:
        """Take the lease of a store; None when another holds it, or has just ended a tick."""
        until = now + timedelta(seconds=lasts_s)
        rows = _SQL.rows(
            self._database,
            _LeaseRow,
            "acquire_lease",
            store_id=store_id,
            holder=holder,
            now=now,
            until=until,
            ticked_before=ticked_before,
        )
        if not rows:
            return None
        stored = rows[0].hours_from
        return Lease(
            store_id=store_id,
            holder=holder,
            hours_from=datetime.fromisoformat(stored) if stored else None,
            hours_read_at=rows[0].hours_read_at,
        )

    def end(
        self, lease: Lease, *, now: datetime, ticked_at: datetime | None, hours_from: datetime | None = None
    ) -> None:
        """End a lease; one that another took over meanwhile is left alone."""
        _SQL.execute(
            self._database,
            "end_lease",
            store_id=lease.store_id,
            holder=lease.holder,
            now=now,
            ticked_at=ticked_at,
            hours_from=hours_from,
        )

    def read_key(self, store_id: str) -> str:
        """Return the store's API key, opened."""
        sealed = _SQL.value(self._database, "read_key", store_id=store_id)
        if sealed is None:
            raise NotFound(f"store {store_id}: has no API key at the market")
        return self._sealer.open(sealed, owner=store_id)

    def rows(self, store_id: str) -> list[BiddingRow]:
        """Campaigns of a store that are not closed, by id."""
        return _SQL.rows(self._database, BiddingRow, "bidding", store_id=store_id)

    def commit(self, lease: Lease, tick: Tick) -> Tick:
        """Post the money, finish the tick with what could be reserved, and store it, all in one transaction."""

        def work(connection: Connection) -> Tick:
            if _SQL.value(connection, "check_lease", store_id=lease.store_id) != lease.holder:
                raise Conflict(f"store {lease.store_id}: another process bids for it now")
            _post_charges(connection, lease.store_id, tick.campaigns)
            _post_releases(connection, lease.store_id, tick.campaigns)
            finished = core.finish(tick, _reserve(connection, lease.store_id, tick.campaigns))
            _store(connection, finished)
            _SQL.execute(
                connection,
                "add_pending",
                table_name=arrow_rows.DECISIONS,
                rows=arrow_rows.encode_decisions(lease.store_id, finished),
            )
            return finished

        if not tick.campaigns:
            return tick
        return self._database.transaction(work)

    def pending(self, *, limit: int) -> list[PendingRows]:
        """Rows on their way to ClickHouse, the oldest first."""
        return _SQL.rows(self._database, PendingRows, "pending", limit=limit)

    def delete_pending(self, ids: Sequence[str]) -> None:
        """Forget rows that arrived."""
        _SQL.execute(self._database, "delete_pending", ids=list(ids))

    def store_hours(self, store_id: str, hours: Sequence[MarketHour], *, at: datetime) -> None:
        """Put hours on their way to ClickHouse."""
        if hours:
            rows = arrow_rows.encode_hours(store_id, hours, at)
            _SQL.execute(self._database, "add_pending", table_name=arrow_rows.HOURS, rows=rows)

    def rotate_keys(self) -> int:
        """Seal keys again that are sealed with an older key; how many."""
        key_id = self._sealer.key_id
        stores = _SQL.values(self._database, "keys_to_rotate", key_id=key_id, limit=_ROTATED_AT_ONCE)
        for store_id in stores:
            self._database.transaction(partial(self._rotate, store_id=store_id))
        return len(stores)

    def _rotate(self, connection: Connection, store_id: str) -> None:
        sealed = _SQL.value(connection, "lock_key", store_id=store_id, key_id=self._sealer.key_id)
        if sealed is not None:
            secret = self._sealer.open(sealed, owner=store_id)
            again = self._sealer.seal(secret, owner=store_id)
            _SQL.execute(connection, "replace_key", store_id=store_id, key_id=self._sealer.key_id, sealed=again)


class PostgresLimiter:
    """Slots of requests to the market: each store's next free moment is one row, whichever process asks."""

    def __init__(self, database: Postgres, requests_per_s: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._database = database
        self._spacing = timedelta(seconds=1 / requests_per_s if requests_per_s else 0)
        self._sleep = sleep

    def wait(self, store_id: str) -> None:
        """Take the store's next slot and wait for it; `Overloaded` when it is more than 3 s off."""
        if not self._spacing:
            return
        wait_s = _SQL.value(self._database, "acquire_slot", store_id=store_id, spacing=self._spacing)
        if wait_s > _LONGEST_WAIT_S:
            raise Overloaded(f"store {store_id}: its limit at the market is used up", retry_after_s=wait_s)
        if wait_s > 0:
            self._sleep(wait_s)

    def delay(self, store_id: str, delay_s: float) -> None:
        """Send nothing of this store for a while, as the market asked."""
        _SQL.execute(self._database, "delay_slots", store_id=store_id, delay=timedelta(seconds=delay_s))


def _post_charges(connection: Connection, store_id: str, campaigns: Sequence[CampaignTick]) -> None:
    charges = {each.row.campaign_id: each.move.charge for each in campaigns if each.move.charge}
    _post(connection, "ad-spend", charges, revenue_from(store_id), sign=-1)


def _post_releases(connection: Connection, store_id: str, campaigns: Sequence[CampaignTick]) -> None:
    releases = {each.row.campaign_id: each.move.release for each in campaigns if each.move.release}
    _post(connection, "ad-release", releases, funds_of(store_id), sign=-1)


def _reserve(connection: Connection, store_id: str, campaigns: Sequence[CampaignTick]) -> dict[str, int]:
    """Reserve what the store's money covers, in the order of the campaigns' ids: how much for which."""
    asked = {each.row.campaign_id: each.move.reserve for each in campaigns if each.move.reserve}
    if not asked:
        return {}
    try:
        ads_stores.require_open(connection, store_id)
    except Conflict:
        return {}  # frozen: nothing more is reserved, and what is runs out
    left, covered = ads_stores.balance(connection, store_id).available, {}
    for campaign_id, amount in asked.items():
        if amount <= left:
            covered[campaign_id] = amount
            left -= amount
    for each in campaigns:
        if each.row.campaign_id in covered and not each.row.reserved:
            ledger.open_account(connection, budget_of(each.row.campaign_id).owner, BUDGET)
    _post(connection, "ad-reserve", covered, funds_of(store_id), sign=1)
    return covered


def _post(connection: Connection, kind: str, amounts: Mapping[str, int], other: AccountId, *, sign: int) -> None:
    """Move amounts between the campaigns' accounts and one other, a few hundred in a transaction of the ledger."""
    ids = sorted(amounts)
    for start in range(0, len(ids), _POSTINGS_AT_ONCE):
        some = ids[start : start + _POSTINGS_AT_ONCE]
        postings = [Posting(account=budget_of(each), amount=sign * amounts[each]) for each in some]
        postings.append(Posting(account=other, amount=-sign * sum(amounts[each] for each in some)))
        ledger.post(connection, NewTransaction(kind=kind, postings=tuple(postings)), enforced=sign < 0)


def _store(connection: Connection, tick: Tick) -> None:
    decided = tick.decided
    assert decided is not None
    states = np.stack([decided.state[name] for name in decisions.STATE], axis=1)
    columns: dict[str, list[Any]] = {
        "campaign_id": [each.row.campaign_id for each in tick.campaigns],
        "reserve": [each.move.reserve for each in tick.campaigns],
        "release": [each.move.release for each in tick.campaigns],
        "charge": [each.move.charge for each in tick.campaigns],
        "allowance": [each.market.allowance for each in tick.campaigns],
        "allowance_since": [each.allowance_since for each in tick.campaigns],
        "impressions": [each.market.impressions for each in tick.campaigns],
        "clicks": [each.market.clicks for each in tick.campaigns],
        "spent": [each.market.spend for each in tick.campaigns],
        "position_sum": [each.market.position_sum for each in tick.campaigns],
        "day": [each.day.date for each in tick.campaigns],
        "spent_before": [each.spent_before for each in tick.campaigns],
        "day_allowance": [each.day_allowance for each in tick.campaigns],
        "bidder": ["{" + ",".join(map(repr, state)) + "}" for state in states.tolist()],
        "bid": decided.bid.tolist(),
        "reason": decided.reason.tolist(),
        "observed_at": [tick.now] * len(tick.campaigns),
        "closed": [each.closed for each in tick.campaigns],
    }
    _SQL.execute(connection, "store_tick", **columns)
