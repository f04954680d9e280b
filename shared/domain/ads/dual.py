"""Dual gradient in logarithms with hysteresis: the default.

The multiplier of the budget's constraint is updated by the gradient of the dual, spend beside the target rate (Balseiro
and Gur 2019; for first price Wang et al., arXiv 2304.13477: ``lambda <- max(0, lambda - eta (rho - cost))``). Three things
are ours. The update is multiplicative, so one step size fits bids of any unit. The spend of past steps is carried over
to the current bid by an assumed elasticity and averaged over traffic, so an hour without clicks says little in a small
campaign and much in a large one. And a bid stays while it is within a band about the target (hysteresis, as in arXiv
2509.25429 for small budgets), whose width is what chance alone does to so few clicks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared.domain.ads.pacing import Decision, Floats, Observation, Plan, State, clip_bid, target_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class DualBidder:
    """Its constants were fitted by ``./scripts/bench bidders --fit``, on campaigns of another seed than the bench's."""

    elasticity: float = 2.6
    """Assumed relative growth of spend with the bid; too large is slow, too small overshoots."""
    memory: float = 0.45
    """Traffic over which past steps are averaged (exponentially), in days."""
    prior: float = 0.002
    """Traffic for which the bid at hand is taken to spend the target rate, in days: evidence below it moves little."""
    fastest: float = 0.8
    """Largest change of a bid in one step, in logarithms."""
    band: float = 0.02
    """Changes smaller than this, in logarithms, are not made."""

    def start(self, plan: Plan) -> State:
        """Nothing is known: the first bid is taken as right."""
        zero = np.zeros_like(plan.budget)
        return {"bid": clip_bid(plan, plan.first_bid), "spend": zero, "traffic": zero}

    def step(self, plan: Plan, state: State, seen: Observation) -> State:
        """Average, compare with the target rate, and move the bid unless it is within the band."""
        keep = np.exp(-seen.traffic / self.memory)
        spend, traffic = keep * state["spend"] + seen.spend, keep * state["traffic"] + seen.traffic
        target = target_rate(seen)
        rate = (spend + self.prior * target) / (traffic + self.prior)
        error = np.log(np.maximum(target, 1e-12) / np.maximum(rate, 1e-12))
        change = np.clip(error / self.elasticity, -self.fastest, self.fastest)
        change = np.where(np.abs(change) < self.band, 0.0, change)
        bid = clip_bid(plan, state["bid"] * np.exp(change))
        carried: Floats = (bid / state["bid"]) ** self.elasticity
        return {"bid": bid, "spend": spend * carried, "traffic": traffic}

    def decide(self, plan: Plan, state: State) -> Decision:
        """Take part always."""
        return Decision(bid=state["bid"], participation=np.ones_like(plan.budget))
