"""The stand-in market keeps what it promises its sellers. All money is simulated."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from k8s.local.market.app import BURST, App
from k8s.local.market.auction import Auction, price_at, prices_of_places, run_tick, win_chance
from k8s.local.market.market import SETTLING_TICKS, TICK_S, Market, Refused
from shared.domain.ads.traffic import generate_weeks

NOON = 1_792_497_600  # 2026-10-20T12:00:00Z
REGION = "generated-0"


@pytest.fixture
def market() -> Market:
    return Market(rule=Auction.FIRST_PRICE, weeks=generate_weeks(1), now=NOON)


def running(market: Market, *, bid: int = 200, allowance: int = 10**6) -> int:
    """A campaign that takes part from the next minute on."""
    campaign = market.add("s", f"c{len(market.campaigns)}", "Boots (simulated)", REGION)
    market.set_allowance("s", campaign, allowance)
    market.set_bid("s", campaign, bid)
    market.set_state("s", campaign, "active")
    return campaign


def ticks(market: Market, n: int) -> None:
    market.advance(market.now + n * TICK_S)


def row(market: Market, campaign: int) -> dict[str, Any]:
    return dict(market.statistics("s", None)["campaigns"][campaign])


def test_a_bid_is_in_effect_from_the_next_tick_and_the_last_of_several_counts(market: Market) -> None:
    campaign = running(market)
    ticks(market, 2)
    assert market.set_bid("s", campaign, 300) == market.now + TICK_S
    market.set_bid("s", campaign, 77)
    assert market.campaigns[campaign].bid == 200
    ticks(market, 1)
    assert market.campaigns[campaign].bid == 77


def test_a_state_is_in_effect_from_the_next_full_minute(market: Market) -> None:
    campaign = market.add("s", "c", "Boots (simulated)", REGION)
    assert market.set_state("s", campaign, "active") == NOON + 60
    ticks(market, 1)
    assert market.campaigns[campaign].state == "paused"
    ticks(market, 1)
    assert market.campaigns[campaign].state == "active"


def test_the_same_reference_is_the_same_campaign(market: Market) -> None:
    first, again = (market.add("s", "c", "Boots (simulated)", REGION) for _ in range(2))
    assert first == again
    assert market.add("other", "c", "Boots (simulated)", REGION) != first


def test_another_sellers_campaign_is_not_found_and_an_archived_one_stays_so(market: Market) -> None:
    campaign = running(market)
    with pytest.raises(Refused, match="there is none"):
        market.set_bid("other", campaign, 1)
    market.set_state("s", campaign, "archived")
    with pytest.raises(Refused, match="archived"):
        market.set_state("s", campaign, "active")


def test_statistics_come_late_and_robots_clicks_are_gone_once_settled(market: Market) -> None:
    campaign = running(market)
    ticks(market, 2)
    assert row(market, campaign)["spend"] == 0
    ticks(market, 120)
    assert row(market, campaign)["spend"] > row(market, campaign)["charged"] > 0
    market.set_bid("s", campaign, 0)
    ticks(market, SETTLING_TICKS + 5)
    settled = row(market, campaign)
    assert settled["spend"] == settled["charged"] == market.truth()[campaign]["delivered"]
    assert market.statistics("s", None)["settled_until"] == market.now - SETTLING_TICKS * TICK_S


def test_no_more_is_charged_than_was_allowed_and_the_excess_is_what_was_on_its_way(market: Market) -> None:
    campaign = running(market, bid=400, allowance=3_000)
    ticks(market, 600)
    truth = market.truth()[campaign]
    assert 2_600 <= truth["charged"] <= 3_000
    assert truth["delivered"] >= truth["charged"]
    assert row(market, campaign)["spend"] == truth["charged"]


def test_a_lowered_allowance_still_covers_clicks_from_before(market: Market) -> None:
    campaign = running(market)
    ticks(market, 60)
    delivered = market.truth()[campaign]["delivered"]
    market.set_allowance("s", campaign, 0)
    ticks(market, SETTLING_TICKS + 5)
    assert market.truth()[campaign]["charged"] == delivered


def test_hours_sum_to_the_totals(market: Market) -> None:
    campaign = running(market)
    ticks(market, 300)
    statistics = market.statistics("s", NOON)
    for name in ("impressions", "clicks", "spend", "orders", "revenue"):
        assert sum(hour[name] for hour in statistics["hours"]) == statistics["campaigns"][campaign][name]
    assert market.statistics("s", None)["hours"] == []


def test_the_same_seed_is_the_same_market() -> None:
    def spend() -> int:
        market = Market(rule=Auction.VCG, weeks=generate_weeks(1), now=NOON, seed=5)
        campaign = running(market)
        ticks(market, 100)
        return int(market.truth()[campaign]["delivered"])

    assert spend() == spend() > 0


def test_a_click_costs_the_bid_in_first_price_and_less_in_vcg() -> None:
    def costs(rule: Auction) -> float:
        one = np.ones(1)
        outcome = run_tick(
            np.random.default_rng(1), rule, bid=100 * one, level=50 * one, auctions=10_000 * one,
            click_rate=0.1 * one, invalid_share=0.0,
        )  # fmt: skip
        return float(outcome.spend[0] / outcome.clicks[0])

    assert costs(Auction.FIRST_PRICE) == 100
    assert 30 < costs(Auction.VCG) < 70


def test_a_price_wins_with_the_chance_it_was_asked_for_and_the_first_place_costs_most() -> None:
    level = np.full(3, 40.0)
    chance = np.array([0.1, 0.5, 0.9])
    assert np.allclose(win_chance(price_at(chance, level), level), chance)
    prices = prices_of_places(40.0)
    assert prices == sorted(prices, reverse=True)
    assert len(set(prices)) == 10


@pytest.fixture
def ask(market: Market) -> Callable[..., tuple[int, Any]]:
    """Ask over the HTTP interface, at a moment that stands still."""
    app, key = App(market, speed=0, monotonic=lambda: 100.0), market.key_of("s")

    def request(method: str, path: str, content: Any = None, *, key: str = key) -> tuple[int, Any]:
        path, _, text = path.partition("?")
        query = dict(pair.split("=") for pair in text.split("&") if pair)
        headers = {"authorization": f"Bearer {key}"}
        status, answer, _ = app.answer(method, path, headers, query, json.dumps(content).encode() if content else b"")
        return status, answer

    return request


def test_a_seller_is_known_by_their_key_only(ask: Callable[..., tuple[int, Any]]) -> None:
    assert ask("GET", "/api/v1/statistics")[0] == 200
    for key in ("", "s.", "s.0000", "other.0000"):
        assert ask("GET", "/api/v1/statistics", key=key)[0] == 401


def test_more_requests_than_the_limit_are_answered_429_with_a_time_to_wait(
    ask: Callable[..., tuple[int, Any]],
) -> None:
    answers = [ask("GET", "/api/v1/statistics") for _ in range(BURST + 1)]
    assert [status for status, _ in answers] == [200] * BURST + [429]
    assert answers[-1][1]["retry_after_s"] == pytest.approx(0.2)


def test_an_outage_answers_503_for_so_many_requests(ask: Callable[..., tuple[int, Any]]) -> None:
    ask("POST", "/standin/outage", {"requests": 1})
    assert [ask("GET", "/api/v1/statistics")[0] for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    "content",
    [{}, {"items": []}, {"items": [{"id": 0}]}, {"items": [{"id": 0, "bid": 1.5}]}, {"items": [{"id": 0, "bid": -1}]}],
)
def test_a_malformed_bid_is_refused(ask: Callable[..., tuple[int, Any]], content: Any) -> None:
    ask("POST", "/api/v1/campaigns", {"items": [{"reference": "c", "name": "Boots (simulated)", "region": REGION}]})
    assert ask("PUT", "/api/v1/bids", content or {"items": None})[0] == 400
