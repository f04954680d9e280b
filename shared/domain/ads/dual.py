"""Dual gradient in logarithms with hysteresis: the pacing of every campaign.

The multiplier of the budget's constraint is updated by the gradient of the dual, spend beside the target rate
(Balseiro and Gur 2019; for first price arXiv 2304.13477: ``lambda <- max(0, lambda - eta (rho - cost))``). Three
things are ours. The update is multiplicative, so one step size fits bids of any unit. The spend of past steps is
carried over to the current bid by an assumed elasticity and averaged over traffic, so an hour without clicks says
little. And a bid stays while it is within a band about the target (hysteresis, as arXiv 2509.25429 has it for small
budgets).

It is the only one in the product: ``./scripts/bench bidders`` has ALM, M-PID, TA-PID and a throttle beside it, and none
of them has as many clicks in either auction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared.domain.ads.pacing import Decision, Floats, Observation, Plan, State, clip_bid, target_rate

_LEAST = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class DualBidder:
    """Its constants were fitted by ``./scripts/bench bidders --fit``, on campaigns of another seed than the bench's."""

    elasticity: float = 2.5
    """Assumed relative growth of spend with the bid; too large is slow, too small overshoots."""
    memory: float = 0.6
    """Traffic over which past steps are averaged (exponentially), in days."""
    prior: float = 0.002
    """Traffic for which the bid at hand is taken to spend the target rate, in days: evidence below it moves little."""
    prior_clicks: float = 0.25
    """Clicks at the bid at hand that count as well: a small budget's hour without a click proves little."""
    doubt: float = 0.8
    """How fast evidence is given up as the bid moves away from where it was gathered, per unit of its logarithm."""
    fastest: float = 1.2
    """Largest change of a bid in one step, in logarithms."""
    band: float = 0.015
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
        prior = self.prior + self.prior_clicks * state["bid"] / np.maximum(target, _LEAST)
        rate = (spend + prior * target) / (traffic + prior)
        error = np.log(np.maximum(target, _LEAST) / np.maximum(rate, _LEAST))
        change = np.clip(error / self.elasticity, -self.fastest, self.fastest)
        change = np.where(np.abs(change) < self.band, 0.0, change)
        bid = clip_bid(plan, state["bid"] * np.exp(change))
        moved = np.log(bid / state["bid"])
        trusted: Floats = np.exp(-self.doubt * np.abs(moved))
        return {
            "bid": bid,
            "spend": spend * trusted * np.exp(self.elasticity * moved),
            "traffic": traffic * trusted,
        }

    def decide(self, plan: Plan, state: State) -> Decision:
        """Take part always."""
        return Decision(bid=state["bid"], participation=np.ones_like(plan.budget))
