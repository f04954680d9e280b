"""One decision for each of N campaigns: pacing's bid below the ceilings of target and bounds, with the reason.

Everything is arrays of shape (N,), so that a tick over all campaigns of a store is a handful of numpy calls. The state
is a table of floats by name; it is stored as it is and given back after a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.domain.ads.campaigns import Reason
from shared.domain.ads.dual import DualBidder
from shared.domain.ads.pacing import Floats, Observation, Plan
from shared.domain.ads.targets import CostCap, PositionTarget

PACING, POSITION, COST_CAP = DualBidder(), PositionTarget(), CostCap()
STATE = ("bid", "spend", "traffic", "position_bid", "cap_spend", "cap_clicks")
"""The names of the state, each an array of shape (N,)."""


IDLE = (Reason.BUDGET_SPENT, Reason.PAUSED, Reason.OUTSIDE_SCHEDULE, Reason.UNFUNDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """N campaigns at one tick; money in minor units of the simulated currency."""

    plan: Plan
    seen: Observation
    clicks: Floats
    """Of the last step."""
    position: Floats
    """Average since the last step; nan without impressions."""
    wanted_position: Floats
    """nan where the target is none."""
    price_of_place: Floats
    """nan where the market does not say."""
    cost_cap: Floats
    """nan where there is none."""
    idle: NDArray[np.int64]
    """A `Reason` for not bidding, or -1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Bids in whole minor units, 0 for none; shape (N,)."""

    bid: NDArray[np.int64]
    reason: NDArray[np.int64]
    pacing_bid: Floats
    ceiling: Floats
    """The lowest ceiling of the target; inf where there is none."""
    state: Mapping[str, Floats]


def start(plan: Plan) -> dict[str, Floats]:
    """The state of campaigns that never bid."""
    paced, zero = PACING.start(plan), np.zeros_like(plan.budget)
    return {**paced, "position_bid": paced["bid"], "cap_spend": zero, "cap_clicks": zero}


def decide(state: Mapping[str, Floats], at: Situation) -> Decisions:
    """Step every controller and take the lowest bid; a pure function of state, observation and clock."""
    paced = PACING.step(at.plan, state, at.seen)
    position_bid = POSITION.step(state["position_bid"], at.position, at.wanted_position, at.price_of_place)
    position_bid = np.where(np.isnan(at.wanted_position), paced["bid"], position_bid)
    position_bid = np.clip(position_bid, at.plan.least_bid, at.plan.largest_bid)
    cap_spend = COST_CAP.average(state["cap_spend"], at.seen.spend, at.seen.traffic)
    cap_clicks = COST_CAP.average(state["cap_clicks"], at.clicks, at.seen.traffic)
    ceilings = np.stack(
        [
            paced["bid"],
            np.where(np.isnan(at.wanted_position), np.inf, position_bid),
            np.where(np.isnan(at.cost_cap), np.inf, COST_CAP.step(cap_spend, cap_clicks, at.cost_cap)),
        ]
    )
    bid, reason = _within_bounds(at.plan, ceilings)
    idle = at.idle >= 0
    new = {**paced, "position_bid": position_bid, "cap_spend": cap_spend, "cap_clicks": cap_clicks}
    return Decisions(
        bid=np.where(idle, 0, bid),
        reason=np.where(idle, at.idle, reason),
        pacing_bid=paced["bid"],
        ceiling=ceilings[1:].min(axis=0),
        state={name: np.where(idle, state[name], value) for name, value in new.items()},
    )


def _within_bounds(plan: Plan, ceilings: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Whole bids and reasons from the ceilings of pacing, position and cost cap, shape (3, N)."""
    lowest = np.argmin(ceilings, axis=0)
    asked = ceilings[lowest, np.arange(ceilings.shape[1])]
    bid = np.clip(asked, plan.least_bid, plan.largest_bid)
    reason = np.where(asked >= plan.largest_bid, Reason.LARGEST_BID, lowest)
    reason = np.where(asked <= plan.least_bid, Reason.LEAST_BID, reason)
    return np.floor(bid + 1e-9).astype(np.int64), reason.astype(np.int64)
