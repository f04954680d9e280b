"""A decision is the lowest of pacing, target and bounds, and says which it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.ads import decisions
from shared.domain.ads.campaigns import Reason
from shared.domain.ads.decisions import Situation
from shared.domain.ads.pacing import Observation, Plan
from shared.domain.ads.targets import CostCap, PositionTarget

NAN = float("nan")


def situation(n: int = 1, **changes: Any) -> Situation:
    """Campaigns exactly on their curve, a tenth of a day in, with a bid of 100."""
    ones = np.ones(n)
    plan = Plan(budget=1000 * ones, first_bid=100 * ones, least_bid=10 * ones, largest_bid=500 * ones)
    seen = Observation(
        spend=100 * ones, balance=900 * ones, traffic=0.1 * ones, traffic_left=0.9 * ones, hours=2.4 * ones,
        hours_left=21.6 * ones,
    )  # fmt: skip
    at = Situation(
        plan=plan, seen=seen, clicks=2 * ones, position=NAN * ones, wanted_position=NAN * ones,
        price_of_place=NAN * ones, cost_cap=NAN * ones, idle=np.full(n, -1),
    )  # fmt: skip
    arrays: dict[str, Any] = {name: np.array(value) for name, value in changes.items()}
    return replace(at, **arrays)


def test_on_its_curve_a_bid_stays_and_pacing_decided_it() -> None:
    at = situation()
    decided = decisions.decide(decisions.start(at.plan), at)
    assert (decided.bid.tolist(), decided.reason.tolist()) == ([100], [Reason.PACING])


def test_a_wanted_place_that_costs_less_than_pacing_would_bid_decides() -> None:
    at = situation(wanted_position=[2.0], price_of_place=[70.0])
    decided = decisions.decide(decisions.start(at.plan), at)
    assert (decided.bid.tolist(), decided.reason.tolist()) == ([71], [Reason.POSITION])


def test_a_wanted_place_beyond_the_budget_is_not_bought() -> None:
    at = situation(wanted_position=[1.0], price_of_place=[400.0])
    decided = decisions.decide(decisions.start(at.plan), at)
    assert (decided.bid.tolist(), decided.reason.tolist()) == ([100], [Reason.PACING])


def test_an_expensive_click_lowers_the_ceiling_of_the_cost_cap() -> None:
    at = situation(cost_cap=[40.0])
    decided = decisions.decide(decisions.start(at.plan), at)
    assert decided.reason.tolist() == [Reason.COST_CAP]
    assert decided.bid[0] < 40  # 50 a click so far


@pytest.mark.parametrize("reason", decisions.IDLE)
def test_who_may_not_bid_bids_nothing_and_keeps_its_state(reason: Reason) -> None:
    at = situation(idle=[int(reason)])
    state = decisions.start(at.plan)
    decided = decisions.decide(state, at)
    assert (decided.bid.tolist(), decided.reason.tolist()) == ([0], [reason])
    assert all((decided.state[name] == state[name]).all() for name in decisions.STATE)


@given(
    spends=st.lists(st.floats(0, 1e6), min_size=3, max_size=3),
    caps=st.lists(st.one_of(st.just(NAN), st.floats(1, 1e4)), min_size=3, max_size=3),
    prices=st.lists(st.one_of(st.just(NAN), st.floats(1, 1e4)), min_size=3, max_size=3),
)
def test_bids_keep_their_bounds_and_campaigns_do_not_touch_each_other(
    spends: list[float], caps: list[float], prices: list[float]
) -> None:
    at = situation(3, cost_cap=caps, price_of_place=prices, wanted_position=[1.0, NAN, 3.0])
    at = replace(at, seen=replace(at.seen, spend=np.array(spends)))
    together = decisions.decide(decisions.start(at.plan), at)
    assert ((together.bid >= 10) & (together.bid <= 500)).all()
    for row in range(3):
        alone = situation(cost_cap=caps[row : row + 1], price_of_place=prices[row : row + 1])
        alone = replace(
            alone,
            wanted_position=at.wanted_position[row : row + 1],
            seen=replace(alone.seen, spend=np.array(spends[row : row + 1])),
        )
        decided = decisions.decide(decisions.start(alone.plan), alone)
        assert decided.bid[0] == together.bid[row]


def test_a_position_is_approached_and_left_alone_within_the_deadband() -> None:
    target, bid, wanted = PositionTarget(), np.array([100.0]), np.array([2.0])
    assert target.step(bid, np.array([4.0]), wanted, np.array([NAN]))[0] > 100
    assert target.step(bid, np.array([1.0]), wanted, np.array([NAN]))[0] < 100
    assert target.step(bid, np.array([2.2]), wanted, np.array([NAN]))[0] == 100
    assert target.step(bid, np.array([NAN]), wanted, np.array([NAN]))[0] == 100


def test_the_ceiling_of_a_cost_cap_rises_only_while_clicks_cost_less() -> None:
    cap, one = CostCap(), np.array([1.0])
    assert cap.step(np.array([0.0]), np.array([0.0]), 50 * one)[0] == 50
    assert cap.step(np.array([2_000.0]), np.array([100.0]), 50 * one)[0] == 100  # 20 a click: twice the cap at most
    assert cap.step(np.array([9_000.0]), np.array([100.0]), 50 * one)[0] < 50
