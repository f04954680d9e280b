"""What the bench of advertising does: ticks over many campaigns, decisions, a week. All money is simulated."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import psycopg

from functions.place_bids import service
from shared.adapters.postgres.database import Postgres
from shared.domain.ads import decisions
from shared.domain.ads.decisions import Situation
from shared.domain.ads.pacing import Observation, Plan
from shared.migrate import runner
from tests.support.advertising.bidding import (
    BEGIN,
    MarketProcess,
    bidding_deps,
    make_advertiser,
    running_market,
    terms,
)
from tests.support.advertising.week import Outcome, Scale, simulate

LARGEST_BID = terms().largest_bid
_N_TICKS = 6
_N_DECISIONS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TickTime:
    """One tick over all campaigns."""

    seconds: float
    market_seconds: float
    n_bids: int


class TimedMarket:
    """A market whose answers are timed."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.seconds, self.n_bids = 0.0, 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def timed(*arguments: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return method(*arguments, **named)
            finally:
                self.seconds += time.perf_counter() - begun
                self.n_bids += len(arguments[1]) if name == "put_bids" else 0

        return timed


def run_ticks(environment: Mapping[str, str], n_stores: int, n_campaigns: int) -> list[TickTime]:
    """Bid for every store several times, half a minute of the market's clock apart."""
    with _database(environment) as (database, _), running_market() as market:
        _add_stores(database, market, n_stores, n_campaigns)
        deps = bidding_deps(database, environment["CLICKHOUSE_URL"], market)
        cache, results = service.MarketCache(), []
        for _ in range(_N_TICKS):
            market.advance(timedelta(seconds=30))
            timed = TimedMarket(deps.market)
            begun = time.perf_counter()
            n_ticked = service.sweep(replace(deps, market=timed), cache)
            seconds = time.perf_counter() - begun
            assert n_ticked == n_stores
            results.append(TickTime(seconds=seconds, market_seconds=timed.seconds, n_bids=timed.n_bids))
        assert deps.market is not None
        deps.market.close()
    return results


def run_week(environment: Mapping[str, str], n_stores: int, hours: int) -> Outcome:
    """The week of the issue: 20 campaigns a store, steps of two hours and every midnight, a kill every fifth."""
    scale = Scale(
        n_stores=n_stores, n_campaigns=20, length=timedelta(hours=hours), step=timedelta(hours=2), kill_every=5
    )
    with _database(environment) as (database, url), running_market(tick_s=60) as market:
        return simulate(scale, database, url, environment["CLICKHOUSE_URL"], market)


def time_decision(n: int) -> float:
    """Microseconds of a decision of `n` campaigns at once, the median."""
    ones = np.ones(n)
    at = Situation(
        plan=Plan(budget=1000 * ones, first_bid=100 * ones, least_bid=10 * ones, largest_bid=500 * ones),
        seen=Observation(
            spend=9 * ones,
            balance=900 * ones,
            traffic=0.01 * ones,
            traffic_left=0.9 * ones,
            hours=0.1 * ones,
            hours_left=21.6 * ones,
        ),
        clicks=ones,
        position=2 * ones,
        wanted_position=np.where(np.arange(n) % 3, np.nan, 2.0),
        price_of_place=np.nan * ones,
        cost_cap=np.where(np.arange(n) % 2, np.nan, 40.0),
        idle=np.full(n, -1),
    )
    state, times = decisions.start(at.plan), []
    for _ in range(_N_DECISIONS):
        begun = time.perf_counter()
        state = dict(decisions.decide(state, at).state)
        times.append(time.perf_counter() - begun)
    return float(np.median(times) * 1e6)


def _add_stores(database: Postgres, market: MarketProcess, n_stores: int, n_campaigns: int) -> None:
    """Campaigns in one statement a store; one by one they would take longer than everything else."""
    for _ in range(n_stores):
        advertiser = make_advertiser(database, market, 10**9)
        with database.connection() as connection:
            connection.execute(
                b"WITH fresh AS (INSERT INTO ads_campaigns (store_id, name, region, zone, daily_budget, begins_at,"
                b" target, least_bid, largest_bid, created_at, changed_at)"
                b" SELECT %s::uuid, 'Boots (simulated)', 'generated-' || n %% 12, 'Europe/London', 5000, %s, 'clicks',"
                b" 5, 500, %s, %s FROM generate_series(1, %s) n RETURNING id, store_id)"
                b" INSERT INTO ads_bidding (campaign_id, store_id) SELECT id, store_id FROM fresh",
                (advertiser.store_id, BEGIN, BEGIN, BEGIN, n_campaigns),
            )


@contextmanager
def _database(environment: Mapping[str, str]) -> Iterator[tuple[Postgres, str]]:
    """A database of its own on the platform's server, whose own place-bids bids for others by another clock."""
    parts = urlsplit(environment["DATABASE_URL"])
    name = f"bench_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = urlunsplit(parts._replace(path=f"/{name}"))
    runner.run({"DATABASE_URL": url})
    database = Postgres(url, acquire_timeout_s=30)
    try:
        yield database, url
    finally:
        database.close()
