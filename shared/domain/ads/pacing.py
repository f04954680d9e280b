"""What every pacing bidder is given and returns: plain arrays over N campaigns, so one call decides for all of them.

A step is a pure function of state, observation and clock (traffic passed and left). The state is data: a mapping of
names to arrays, which a store keeps as JSON and gives back after a restart. Money is in any one unit; it is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
State = Mapping[str, Floats]
"""Arrays of shape (N,) by name."""
LEAST_TRAFFIC = 1e-9
"""Traffic below this is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What does not change while N campaigns run; each field of shape (N,)."""

    budget: Floats
    first_bid: Floats
    """The bid to begin with, such as the market's recommendation."""
    least_bid: Floats
    largest_bid: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The last step of N campaigns, and the clock; each field of shape (N,)."""

    spend: Floats
    """Of the last step."""
    balance: Floats
    """The part of the budget that is left now."""
    traffic: Floats
    """Forecast traffic of the last step, in average days: a whole average day is 1."""
    traffic_left: Floats
    """Forecast traffic from now to the end of the budget, likewise."""
    hours: Floats
    """Length of the last step."""
    hours_left: Floats
    """From now to the campaign's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The bids of N campaigns for the next step, each of shape (N,)."""

    bid: Floats
    participation: Floats
    """The probability of taking part in an auction at all: 1 but for throttles."""


class Bidder(Protocol):
    """A pacing algorithm."""

    def start(self, plan: Plan) -> State:
        """Return the state before the first step, with the first bids in it under ``bid``."""

    def step(self, plan: Plan, state: State, seen: Observation) -> State:
        """Return the state after a step; its bids are for the next."""

    def decide(self, plan: Plan, state: State) -> Decision:
        """Read the bids from a state."""


def clip_bid(plan: Plan, bid: Floats) -> Floats:
    """Keep bids within the plan's bounds."""
    return np.clip(bid, plan.least_bid, plan.largest_bid)


def target_rate(seen: Observation) -> Floats:
    """Spend per day of traffic that uses the balance up exactly at the end; shape (N,)."""
    return seen.balance / np.maximum(seen.traffic_left, LEAST_TRAFFIC)
