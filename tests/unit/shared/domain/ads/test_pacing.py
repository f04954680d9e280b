"""The default bidder: each budget on its own curve, nothing early, the same after a restart."""

from __future__ import annotations

import json

import numpy as np
import pytest

from shared.domain.ads.dual import DualBidder
from shared.domain.ads.pacing import Floats, Observation, Plan
from shared.domain.ads.traffic import generate_weeks, passed, read_weeks

N_TICKS = 96
BOUNDS = {"first_bid": np.array([0.1]), "least_bid": np.array([0.01]), "largest_bid": np.array([9.0])}


def market_spend(bid: Floats, traffic: Floats, scale: Floats) -> Floats:
    """A market that sells `scale` a day at a bid of 0.10 and, of each relative growth of the bid, two parts more."""
    return np.asarray(scale * traffic * (bid / 0.1) ** 2)


def a_day(budget: Floats, first_bid: Floats, traffic: Floats, *, pooled: bool = False) -> Floats:
    """Cumulative spend, shape (N, ticks), of campaigns whose budget a bid of 0.10 spends exactly.

    `pooled`: every campaign is steered by the mean of all, relative to its budget.
    """
    n, bidder = len(budget), DualBidder()
    plan = Plan(budget=budget, first_bid=first_bid, least_bid=np.full(n, 1e-3), largest_bid=np.full(n, 5.0))
    state, balance = bidder.start(plan), budget.copy()
    left, spends = np.cumsum(traffic[::-1])[::-1], []
    for tick in range(len(traffic)):
        spend = np.minimum(market_spend(bidder.decide(plan, state).bid, np.full(n, traffic[tick]), budget), balance)
        balance = balance - spend
        spends.append(spend)
        pool = budget * (spend / budget).mean()
        seen = Observation(
            spend=pool if pooled else spend,
            balance=budget * (balance / budget).mean() if pooled else balance,
            traffic=np.full(n, traffic[tick]),
            traffic_left=np.full(n, left[tick] - traffic[tick]),
            hours=np.full(n, 24 / len(traffic)),
            hours_left=np.full(n, 24.0 - 24 * (tick + 1) / len(traffic)),
        )
        state = bidder.step(plan, state, seen)
    return np.cumsum(np.array(spends).T, axis=1)


EVEN = np.full(N_TICKS, 1 / N_TICKS)
EVENING = np.repeat([1.0] * 16 + [6.0] * 8, 4) / (4 * (16 + 48))
PAIRS = {
    "twice its rate beside next to nothing": ([1000.0, 1000.0], [0.1414, 0.02]),
    "10 beside 1,000": ([10.0, 1000.0], [0.06, 0.18]),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_each_of_two_campaigns_is_within_5_percent_of_its_own_curve(pair: str) -> None:
    """D3 row 15: one controller for both saw (2.0 + 0.0) / 2 = 1.0, and 10 is nothing beside 1,000."""
    budget, first_bid = map(np.array, PAIRS[pair])
    gap = a_day(budget, first_bid, EVEN) / budget[:, None] - np.cumsum(EVEN)
    assert np.abs(gap).max() < 0.05
    assert np.abs(gap[:, -1]).max() < 0.005


def test_the_same_pair_steered_by_its_average_is_far_off() -> None:
    """What the test above guards against."""
    budget, first_bid = map(np.array, PAIRS["twice its rate beside next to nothing"])
    gap = a_day(budget, first_bid, EVEN, pooled=True) / budget[:, None] - np.cumsum(EVEN)
    assert np.abs(gap).max() > 0.4


def test_an_evening_heavy_day_is_not_spent_by_the_afternoon() -> None:
    """D3 row 16: spent at noon is within 10 % of the traffic until noon."""
    budget = np.array([500.0])
    spend = a_day(budget, np.array([0.08]), EVENING)
    noon = N_TICKS // 2 - 1
    share = np.cumsum(EVENING)[noon]
    assert share == pytest.approx(12 / 64)
    assert spend[0, noon] / budget[0] == pytest.approx(share, rel=0.10)
    assert spend[0, -1] == pytest.approx(500.0, rel=0.02)


def test_a_restart_from_json_changes_no_bid() -> None:
    bidder = DualBidder()
    plan = Plan(budget=np.array([50.0]), **BOUNDS)
    seen = Observation(
        spend=np.array([3.0]), balance=np.array([47.0]), traffic=np.array([0.02]), traffic_left=np.array([0.98]),
        hours=np.array([0.5]), hours_left=np.array([23.5]),
    )  # fmt: skip
    state = bidder.step(plan, bidder.start(plan), seen)
    stored = json.loads(json.dumps({name: values.tolist() for name, values in state.items()}))
    read = {name: np.array(values) for name, values in stored.items()}
    assert bidder.step(plan, read, seen)["bid"] == bidder.step(plan, state, seen)["bid"]


def test_a_bid_within_the_band_stays() -> None:
    bidder = DualBidder()
    plan = Plan(budget=np.array([100.0]), **BOUNDS)
    seen = Observation(
        spend=np.array([1.02]), balance=np.array([98.98]), traffic=np.array([0.01]), traffic_left=np.array([0.99]),
        hours=np.array([0.24]), hours_left=np.array([23.76]),
    )  # fmt: skip
    assert bidder.step(plan, bidder.start(plan), seen)["bid"] == 0.1


def test_traffic_between_moments_is_counted_in_average_days() -> None:
    week = np.full(168, 1 / 168)
    assert passed(week, np.array([24.0]))[0] == pytest.approx(1.0)
    assert passed(week, np.array([168.0 * 5 + 12]))[0] == pytest.approx(35.5)
    heavy = np.zeros(168)
    heavy[20] = 1.0  # all of the week's traffic in the first evening's hour
    assert passed(heavy, np.array([20.0, 20.5, 21.0])).tolist() == [0.0, 3.5, 7.0]


def test_weeks_are_read_by_region_and_sum_to_one() -> None:
    rows = [
        {"region_id": "7", "dow": "1", "hour": "0", "traffic_share": "0.2"},
        {"region_id": "7", "dow": "7", "hour": "23", "traffic_share": "0.6"},
    ]
    week = read_weeks(rows)["7"]
    assert (week[0], week[167], week.sum()) == (pytest.approx(0.25), pytest.approx(0.75), pytest.approx(1.0))


def test_generated_weeks_have_a_quiet_night_and_repeat() -> None:
    weeks = generate_weeks(3)
    week = weeks["generated-0"]
    assert week[4] < week[13] < week[20]
    assert week.tolist() == generate_weeks(3)["generated-0"].tolist()
