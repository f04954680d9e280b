"""Bidding end to end: a market process, real stores, the ledger. All money is simulated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.place_bids import service
from functions.place_bids.ports import Deps
from functions.place_bids.store import PostgresLimiter
from shared.adapters.postgres.database import Postgres
from shared.domain.ads.campaigns import CampaignState, Target
from tests.support.advertising.bidding import (
    BEGIN,
    Advertiser,
    MarketProcess,
    bidding_deps,
    bidding_rows,
    budget_balance,
    make_advertiser,
    running_market,
)
from tests.support.advertising.stores import available
from tests.support.engines.postgres import run

HALF_MINUTE, QUARTER = timedelta(seconds=30), timedelta(minutes=15)
SETTLED = timedelta(minutes=10)


@pytest.fixture
def market() -> Iterator[MarketProcess]:
    with running_market() as market:
        yield market


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    yield database
    database.close()


@pytest.fixture
def advertiser(database: Postgres, market: MarketProcess) -> Advertiser:
    return make_advertiser(database, market, 100_000)


@pytest.fixture
def deps(database: Postgres, clickhouse_url: str, market: MarketProcess) -> Iterator[Deps]:
    deps = bidding_deps(database, clickhouse_url, market)
    yield deps
    assert deps.market is not None
    deps.market.close()


def sweep(deps: Deps, market: MarketProcess, *, n: int = 1, step: timedelta = HALF_MINUTE) -> None:
    """Let time pass and bid, several times."""
    cache = service.MarketCache()
    for _ in range(n):
        market.advance(step)
        service.sweep(deps, cache)


def assert_books_agree(database: Postgres, market: MarketProcess) -> None:
    """What the market charged is what left the campaigns' accounts, and no allowance exceeds what is reserved."""
    truth = market.truth()
    for campaign_id, row in bidding_rows(database).items():
        at_market = truth.get(campaign_id, {"charged": 0, "allowance": 0})
        assert row["charged"] == at_market["charged"]
        assert budget_balance(database, campaign_id) == row["reserved"] - row["released"] - row["charged"]
        assert at_market["allowance"] <= row["reserved"] - row["released"]


def test_a_day_is_spent_along_its_traffic_from_what_is_reserved_and_never_beyond(
    database: Postgres, market: MarketProcess, advertiser: Advertiser, deps: Deps
) -> None:
    campaign = advertiser.add()
    sweep(deps, market, n=2)
    assert available(database, advertiser.store_id) == 95_000
    assert market.truth()[campaign.id]["allowance"] == 5_000
    sweep(deps, market, n=46, step=QUARTER)  # until half an hour before midnight
    sweep(deps, market, n=1, step=timedelta(minutes=20))
    row = bidding_rows(database)[campaign.id]
    assert 4_500 <= row["spent"] <= 5_000
    sweep(deps, market, n=2, step=SETTLED)  # the next day has begun: its money is reserved
    row = bidding_rows(database)[campaign.id]
    assert row["reserved"] > 5_000
    sweep(deps, market, n=1, step=SETTLED)
    assert_books_agree(database, market)


def test_a_raise_by_50_reserves_50_before_the_market_may_spend_them(
    database: Postgres, market: MarketProcess, advertiser: Advertiser, deps: Deps
) -> None:
    """D3 row 17: a raise of a live budget was free."""
    campaign = advertiser.add()
    sweep(deps, market, n=2)
    advertiser.campaigns.change(advertiser.owner, campaign.id, {"daily_budget": 10_000}, now=BEGIN)
    assert market.truth()[campaign.id]["allowance"] == 5_000
    sweep(deps, market)
    assert available(database, advertiser.store_id) == 90_000
    assert market.truth()[campaign.id]["allowance"] == 10_000


def test_a_deletion_after_spend_gives_back_budget_less_spend(
    database: Postgres, market: MarketProcess, advertiser: Advertiser, deps: Deps
) -> None:
    """D3 row 17: a deletion refunded the whole budget."""
    campaign = advertiser.add()
    sweep(deps, market, n=12, step=QUARTER)
    advertiser.campaigns.set_state(advertiser.owner, campaign.id, CampaignState.DELETED, now=BEGIN)
    sweep(deps, market, n=6, step=SETTLED)
    charged = market.truth()[campaign.id]["charged"]
    assert charged > 0
    assert available(database, advertiser.store_id) == 100_000 - charged
    assert bidding_rows(database)[campaign.id]["closed"]
    assert_books_agree(database, market)


def test_a_lost_auction_leaves_every_counter_as_it_was(
    database: Postgres, market: MarketProcess, advertiser: Advertiser, deps: Deps
) -> None:
    """D3 row 17: spend was reserved at the bid and not given back when the auction was lost."""
    campaign = advertiser.add(least_bid=1, largest_bid=1)
    sweep(deps, market, n=10)
    row = bidding_rows(database)[campaign.id]
    assert (row["bid"], row["spent"], row["charged"]) == (1, 0, 0)
    assert budget_balance(database, campaign.id) == 5_000


def test_fifty_campaigns_and_money_for_three_never_spend_more_than_three_budgets(
    database: Postgres, market: MarketProcess, deps: Deps
) -> None:
    """D3 row 14: budgets were checked now and then, and winners in parallel overspent between the checks."""
    advertiser = make_advertiser(database, market, 3 * 1_000)
    for _ in range(50):
        advertiser.add(daily_budget=1_000, least_bid=100)
    sweep(deps, market, n=30, step=QUARTER)
    sweep(deps, market, n=2, step=SETTLED)
    rows = bidding_rows(database).values()
    assert sum(row["charged"] for row in rows) <= 3_000
    assert sum(1 for row in rows if row["reserved"]) == 3
    assert sum(each["allowance"] for each in market.truth().values()) <= 3_000
    assert_books_agree(database, market)


def test_a_paused_campaign_stops_within_the_stated_delay_and_its_money_goes_back(
    database: Postgres, market: MarketProcess, advertiser: Advertiser, deps: Deps
) -> None:
    campaign = advertiser.add()
    sweep(deps, market, n=4, step=QUARTER)
    advertiser.campaigns.set_state(advertiser.owner, campaign.id, CampaignState.PAUSED, now=BEGIN)
    sweep(deps, market, n=3)  # 90 seconds
    delivered = market.truth()[campaign.id]["delivered"]
    sweep(deps, market, n=4, step=SETTLED)
    assert market.truth()[campaign.id]["delivered"] == delivered
    assert available(database, advertiser.store_id) == 100_000 - market.truth()[campaign.id]["charged"]
    advertiser.campaigns.set_state(advertiser.owner, campaign.id, CampaignState.ACTIVE, now=BEGIN)
    sweep(deps, market, n=8, step=QUARTER)
    assert market.truth()[campaign.id]["delivered"] > delivered
    assert_books_agree(database, market)


def test_a_killed_process_leaves_money_reserved_and_the_next_sweep_goes_on(
    database: Postgres, market: MarketProcess, advertiser: Advertiser, deps: Deps
) -> None:
    """Killed after the commit and before the market heard of it: more is reserved than allowed, never the reverse."""
    campaign = advertiser.add()
    market.advance(HALF_MINUTE)
    now = deps.clock.now()
    lease = deps.store.acquire(advertiser.store_id, "killed", now=now, lasts_s=service.LEASE_S, ticked_before=now)
    assert lease is not None
    commit = deps.store.commit

    def commit_and_die(*arguments: Any) -> Any:
        commit(*arguments)
        raise KeyboardInterrupt

    killed = replace(deps, store=Patched(deps.store, commit=commit_and_die))
    with pytest.raises(KeyboardInterrupt):
        service.tick_store(lease, killed, service.MarketCache())
    assert budget_balance(database, campaign.id) == 5_000
    assert market.truth()[campaign.id]["allowance"] == 0
    assert service.sweep(deps, service.MarketCache()) == 0  # the dead process's lease still runs
    sweep(deps, market)
    assert market.truth()[campaign.id]["allowance"] == 5_000
    assert_books_agree(database, market)


def test_who_lost_their_lease_stores_nothing(
    database: Postgres, market: MarketProcess, advertiser: Advertiser, deps: Deps
) -> None:
    advertiser.add()
    market.advance(HALF_MINUTE)
    now = deps.clock.now()
    slow = deps.store.acquire(advertiser.store_id, "slow", now=now, lasts_s=service.LEASE_S, ticked_before=now)
    assert slow is not None
    sweep(deps, market)
    before = bidding_rows(database)
    with pytest.raises(Exception, match="another process bids"):
        service.tick_store(slow, deps, service.MarketCache())
    assert bidding_rows(database) == before


def test_an_outage_of_the_market_is_waited_out_and_other_stores_go_on(
    database: Postgres, market: MarketProcess, advertiser: Advertiser, deps: Deps
) -> None:
    campaign = advertiser.add()
    market.control("POST", "outage", requests=1)
    sweep(deps, market)
    assert campaign.id not in market.truth()
    sweep(deps, market)
    assert market.truth()[campaign.id]["allowance"] == 5_000


def test_every_decision_is_in_clickhouse_with_its_reason(
    database: Postgres, market: MarketProcess, advertiser: Advertiser, deps: Deps
) -> None:
    paused = advertiser.add()
    advertiser.campaigns.set_state(advertiser.owner, paused.id, CampaignState.PAUSED, now=BEGIN)
    place = advertiser.add(target=Target.POSITION, position=3, largest_bid=100_000, daily_budget=50_000)
    sweep(deps, market, n=3)
    rows = deps.warehouse.query(  # type: ignore[attr-defined]
        "SELECT campaign_id, reason, bid FROM ads_decisions FINAL ORDER BY at"
    )
    assert len(rows) == 6
    assert {row["reason"] for row in rows if row["campaign_id"] == paused.id} == {"paused"}
    assert [row["reason"] for row in rows if row["campaign_id"] == place.id][-1] in ("position", "pacing")
    assert run(database, "SELECT count(*) FROM ads_pending_rows") == [(0,)]


def test_only_bids_that_changed_are_sent(
    database: Postgres, market: MarketProcess, advertiser: Advertiser, deps: Deps
) -> None:
    campaign = advertiser.add(least_bid=50, largest_bid=50)
    sweep(deps, market, n=2)
    sent: list[Any] = []
    watched = replace(deps, market=Patched(deps.market, put_bids=lambda _, bids: sent.append(bids)))
    sweep(watched, market, n=3)
    assert sent == []
    assert bidding_rows(database)[campaign.id]["bid"] == 50


def test_the_limit_of_a_seller_holds_over_two_processes(database: Postgres, advertiser: Advertiser) -> None:
    """Two limiters, as in two pods, take slots of the same row: ten requests at 5 a second end 1.8 s later."""
    waited: list[float] = []
    pods = [PostgresLimiter(database, 5.0, sleep=waited.append) for _ in range(2)]
    for n in range(10):
        pods[n % 2].wait(advertiser.store_id)
    assert len(waited) == 9
    assert 1.0 < max(waited) <= 1.8


class Patched:
    """An object whose methods are replaced in part."""

    def __init__(self, inner: Any, **replaced: Any) -> None:
        self._inner, self._replaced = inner, replaced

    def __getattr__(self, name: str) -> Any:
        return self._replaced.get(name) or getattr(self._inner, name)
