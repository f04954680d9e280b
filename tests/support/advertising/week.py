"""A simulated week of bidding in which every process of ours is killed again and again. All money is simulated."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.domain.ads.days import day_at
from tests.support.advertising.bidding import (
    BEGIN,
    Advertiser,
    MarketProcess,
    bidding_rows,
    budget_balance,
    make_advertiser,
)
from tests.support.advertising.stores import available
from tests.support.engines.postgres import run
from tests.support.reference import ROOT

ZONES = ("Etc/GMT+12", "Europe/London", "Europe/Berlin", "Etc/UTC", "America/New_York", "Pacific/Kiritimati")
MONEY = 3_000_000
_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is simulated."""

    n_stores: int
    n_campaigns: int
    length: timedelta
    step: timedelta
    kill_every: int
    """Steps from one kill -9 of a bidder to the next."""
    n_bidders: int = 2
    seed: int = 1


@dataclass
class Outcome:
    """What the week proved, for assertions and for the bench."""

    n_steps: int = 0
    n_kills: int = 0
    n_decisions: int = 0
    charged: int = 0
    longest_pause_s: float = 0.0
    """The longest time, by the market's clock, that a store went without a bid after a kill."""
    faults: list[str] = field(default_factory=list)
    largest_excess: int = 0
    """The most that a campaign was charged in a day of its zone beyond its daily budget."""
    spent_share: float = 0.0
    """Of the daily budgets of whole days."""


@dataclass
class Bidders:
    """Processes that bid; `kill` ends one as kill -9 does and starts another."""

    command: Sequence[str]
    n: int
    _running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> None:
        """Start what is missing, and wait until all bid."""
        fresh = [
            subprocess.Popen(list(self.command), cwd=ROOT, stdout=subprocess.PIPE, text=True)
            for _ in range(self.n - len(self._running))
        ]
        for process in fresh:
            assert process.stdout is not None
            assert process.stdout.readline() == "bids\n"
        self._running += fresh

    def kill(self) -> str:
        """kill -9 the oldest; its name in leases."""
        process = self._running.pop(0)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return f"bidder/{process.pid}"

    def stop(self) -> None:
        """End all."""
        while self._running:
            self.kill()


def simulate(
    scale: Scale, database: Postgres, database_url: str, clickhouse_url: str, market: MarketProcess
) -> Outcome:
    """Run the week, settle, and compare our books with what the market really charged."""
    rng, outcome = random.Random(scale.seed), Outcome()
    advertisers = [make_advertiser(database, market, MONEY) for _ in range(scale.n_stores)]
    budgets = _add_campaigns(advertisers, scale, rng)
    command = [sys.executable, "-m", "tests.support.advertising.bidder_process"]
    with _bidders([*command, database_url, clickhouse_url, market.url], scale.n_bidders) as bidders:
        for moment in _moments(scale):
            now = market.advance(max(moment - market.now(), timedelta(0)))
            outcome.n_steps += 1
            if outcome.n_steps % scale.kill_every == 0:
                _kill_and_go_on(bidders, database, market, outcome, rng)
            else:
                if outcome.n_steps % 5 == 0:
                    market.control("POST", "outage", requests=rng.randrange(1, 4))
                _wait_until_ticked(database, now - timedelta(seconds=1), scale.n_stores)
        for _ in range(4):
            now = market.advance(timedelta(minutes=15))
            _wait_until_ticked(database, now - timedelta(seconds=1), scale.n_stores)
    _compare_books(database, market, advertisers, outcome)
    _compare_days(clickhouse_url, budgets, outcome)
    return outcome


def _moments(scale: Scale) -> list[datetime]:
    """The moments of sweeps: every step, and the first instant of every zone's days.

    Sweeps of a real clock come twice a minute; a day that began an hour before its sweep would be an artefact.
    """
    end = BEGIN + scale.length
    moments = {BEGIN + n * scale.step for n in range(1, int(scale.length / scale.step) + 1)}
    for zone in ZONES:
        moment = day_at(zone, BEGIN).ends
        while moment < end:
            moments.add(moment)
            moment = day_at(zone, moment).ends
    return sorted(moments)


def _add_campaigns(
    advertisers: Sequence[Advertiser], scale: Scale, rng: random.Random
) -> Mapping[str, tuple[str, int]]:
    """Zone and daily budget by campaign."""
    budgets = {}
    for advertiser in advertisers:
        for n in range(scale.n_campaigns):
            zone, budget = ZONES[n % len(ZONES)], rng.choice([500, 2_000, 10_000])
            campaign = advertiser.add(zone=zone, daily_budget=budget, region=f"generated-{n % 3}")
            budgets[campaign.id] = (zone, budget)
    return budgets


@contextmanager
def _bidders(command: Sequence[str], n: int) -> Iterator[Bidders]:
    bidders = Bidders(command, n)
    try:
        bidders.start()
        yield bidders
    finally:
        bidders.stop()


def _kill_and_go_on(
    bidders: Bidders, database: Postgres, market: MarketProcess, outcome: Outcome, rng: random.Random
) -> None:
    """Kill one in the middle of its work; every store must be bid for within a minute of the market's clock."""
    killed_at = market.now()
    time.sleep(rng.uniform(0, 0.15))
    dead = bidders.kill()
    outcome.n_kills += 1
    stores = int(run(database, "SELECT count(*) FROM ads_market_keys")[0][0])
    bidders.start()
    for n in range(1, 5):
        now = market.advance(timedelta(seconds=30))
        _settle_down(database, now, stores, dead)
        late = run(database, "SELECT count(*) FROM ads_bid_leases WHERE ticked_at <= %s", killed_at)[0][0]
        if not late:
            outcome.longest_pause_s = max(outcome.longest_pause_s, 30.0 * n)
            return
    outcome.faults.append(f"{killed_at}: {late} stores were not bid for within two minutes of a kill")


def _settle_down(database: Postgres, now: datetime, n_stores: int, dead: str) -> None:
    """Wait until every store was bid for at this moment, but those under a lease that the dead process still has."""
    query = "SELECT count(*) FROM ads_bid_leases WHERE ticked_at >= %s OR (holder = %s AND until > %s)"
    deadline_s = time.monotonic() + _PATIENCE_S
    while run(database, query, now, dead, now)[0][0] < n_stores and time.monotonic() < deadline_s:
        time.sleep(0.02)


def _wait_until_ticked(database: Postgres, after: datetime, n_stores: int) -> None:
    deadline_s = time.monotonic() + _PATIENCE_S
    while run(database, "SELECT count(*) FROM ads_bid_leases WHERE ticked_at > %s", after)[0][0] < n_stores:
        assert time.monotonic() < deadline_s, "the bidders do not bid any more"
        time.sleep(0.02)


def _compare_books(
    database: Postgres, market: MarketProcess, advertisers: Sequence[Advertiser], outcome: Outcome
) -> None:
    """What the market charged left the campaigns' accounts; nothing is lost, and nothing is allowed unreserved."""
    truth, rows = market.truth(), bidding_rows(database)
    by_store: dict[str, int] = defaultdict(int)
    for campaign_id, row in rows.items():
        at_market, balance = truth[campaign_id], budget_balance(database, campaign_id)
        by_store[row["store_id"]] += balance + row["charged"]
        outcome.charged += row["charged"]
        if row["charged"] != at_market["charged"]:
            outcome.faults.append(f"{campaign_id}: {at_market['charged']} charged, {row['charged']} booked")
        if balance != row["reserved"] - row["released"] - row["charged"]:
            outcome.faults.append(f"{campaign_id}: the ledger holds {balance}")
        if at_market["allowance"] > row["reserved"] - row["released"]:
            outcome.faults.append(f"{campaign_id}: more is allowed than reserved")
    for advertiser in advertisers:
        if available(database, advertiser.store_id) + by_store[advertiser.store_id] != MONEY:
            outcome.faults.append(f"store {advertiser.store_id}: money is lost")


def _compare_days(clickhouse_url: str, budgets: Mapping[str, tuple[str, int]], outcome: Outcome) -> None:
    """Sum the market's hours to days of each campaign's zone, and hold them against the daily budgets."""
    warehouse = ClickHouse(clickhouse_url)
    hours = warehouse.query("SELECT campaign_id, hour, spend FROM ads_hours FINAL")
    outcome.n_decisions = warehouse.query("SELECT count() AS n FROM ads_decisions FINAL")[0]["n"]
    warehouse.close()
    days: dict[tuple[str, Any], int] = defaultdict(int)
    for row in hours:
        zone, _ = budgets[row["campaign_id"]]
        days[row["campaign_id"], day_at(zone, row["hour"].replace(tzinfo=UTC))] += row["spend"]
    last = max((row["hour"].replace(tzinfo=UTC) for row in hours), default=BEGIN)
    spent = planned = 0
    for (campaign_id, day), spend in days.items():
        budget = budgets[campaign_id][1]
        outcome.largest_excess = max(outcome.largest_excess, spend - budget)
        if day.begins >= BEGIN and day.ends <= last:
            spent, planned = spent + spend, planned + budget
    outcome.spent_share = spent / planned if planned else 0.0
