"""Pacing bidders that the default is compared with; none of them earned a place in the product.

Each is written from its paper's description, over the same arrays as the default, and its gains were fitted on the same
campaigns as the default's (``./scripts/bench bidders --fit``), so it is met at its best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared.domain.ads.pacing import LEAST_TRAFFIC, Decision, Floats, Observation, Plan, State, clip_bid, target_rate

LOG_BIN = float(np.log(1.2))
"""Bids of the BAT benchmark are 1.2^n; the PID controllers act in bins."""
_LEAST = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearMultiplierBidder:
    """ALM, the baseline of BAT (arXiv 2505.08485): up or down by one factor as spend is behind or ahead of traffic."""

    factor: float = 1.024

    def start(self, plan: Plan) -> State:
        """Begin with the first bid."""
        return {"bid": clip_bid(plan, plan.first_bid), "passed": np.zeros_like(plan.budget)}

    def step(self, plan: Plan, state: State, seen: Observation) -> State:
        """Compare spend so far with the share of traffic so far."""
        passed = state["passed"] + seen.traffic
        planned = plan.budget * passed / np.maximum(passed + seen.traffic_left, LEAST_TRAFFIC)
        behind = plan.budget - seen.balance < planned
        bid = state["bid"] * np.where(behind, self.factor, 1 / self.factor)
        return {"bid": clip_bid(plan, bid), "passed": passed}

    def decide(self, plan: Plan, state: State) -> Decision:
        """Take part always."""
        return _always(plan, state)


@dataclass(frozen=True, slots=True, kw_only=True)
class PidBidder:
    """PID on spend: M-PID by the clock (arXiv 1905.10928), TA-PID by forecast traffic (arXiv 2505.08485).

    The error is relative to the target, so one set of gains fits budgets of any size; the integral is clamped, an
    action is bounded to BAT's -7 to +4 bins.
    """

    traffic_aware: bool = True
    proportional: float = 0.65
    integral: float = 0.001
    derivative: float = 0.1
    largest_integral: float = 10.0

    def start(self, plan: Plan) -> State:
        """No error yet."""
        zero = np.zeros_like(plan.budget)
        return {"bid": clip_bid(plan, plan.first_bid), "integral": zero, "error": zero}

    def step(self, plan: Plan, state: State, seen: Observation) -> State:
        """Act on the relative error of the last step's spend."""
        passed, left = self._time(seen)
        target = seen.balance * passed / np.maximum(left, LEAST_TRAFFIC)
        error = np.clip((target - seen.spend) / np.maximum(target, _LEAST), -3.0, 1.0)
        integral = np.clip(state["integral"] + error, -self.largest_integral, self.largest_integral)
        action = self.proportional * error + self.integral * integral + self.derivative * (error - state["error"])
        bid = state["bid"] * np.exp(LOG_BIN * np.clip(action, -7.0, 4.0))
        return {"bid": clip_bid(plan, bid), "integral": integral, "error": error}

    def decide(self, plan: Plan, state: State) -> Decision:
        """Take part always."""
        return _always(plan, state)

    def _time(self, seen: Observation) -> tuple[Floats, Floats]:
        if self.traffic_aware:
            return seen.traffic, seen.traffic_left
        return seen.hours, seen.hours_left


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleBidder:
    """Soft throttling in the manner of Yahoo's Mystique (WWW'24): the share of auctions taken part in is steered.

    Participation follows the distance of spend to the target's curve. Where it is 1 and spend still lags, the bid
    rises; where it is far below, the bid falls, since the same clicks are then had more cheaply.
    """

    gain: float = 0.1
    least: float = 0.02
    bid_gain: float = 0.45

    def start(self, plan: Plan) -> State:
        """Take part in half of the auctions."""
        return {"bid": clip_bid(plan, plan.first_bid), "participation": np.full_like(plan.budget, 0.5)}

    def step(self, plan: Plan, state: State, seen: Observation) -> State:
        """Scale participation by how far the last step's spend missed the target's."""
        target = np.maximum(target_rate(seen) * seen.traffic, _LEAST)
        error = np.log(target / np.maximum(seen.spend, 0.05 * target))
        asked = state["participation"] * np.exp(self.gain * error)
        participation = np.clip(asked, self.least, 1.0)
        change = np.where(asked > 1, np.log(np.maximum(asked, 1.0)), -(0.7 - participation).clip(0))
        return {"bid": clip_bid(plan, state["bid"] * np.exp(self.bid_gain * change)), "participation": participation}

    def decide(self, plan: Plan, state: State) -> Decision:
        """The bid, and the throttle."""
        return Decision(bid=state["bid"], participation=state["participation"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantBidder:
    """The market's recommended bid all along: what steering is worth is the distance to it."""

    def start(self, plan: Plan) -> State:
        """The first bid."""
        return {"bid": clip_bid(plan, plan.first_bid)}

    def step(self, plan: Plan, state: State, seen: Observation) -> State:
        """Nothing is learnt."""
        return state

    def decide(self, plan: Plan, state: State) -> Decision:
        """Take part always."""
        return _always(plan, state)


def _always(plan: Plan, state: State) -> Decision:
    return Decision(bid=state["bid"], participation=np.ones_like(plan.budget))
