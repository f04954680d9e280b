"""Ceilings that a campaign's target puts on its bids: a wanted position, and a largest cost per click."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared.domain.ads.pacing import Floats

_LEAST = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionTarget:
    """Proportional control of the average position, on the bid's logarithm, with a deadband.

    Where the market says what each place costs, the bid is the least that takes it: one unit above the competitor's.
    Where it only says the average position, the bid is moved by `gain` for each place it is off, and stays within
    `deadband` of a place, as positions of few impressions jitter.
    """

    gain: float = 0.15
    deadband: float = 0.3
    largest_step: float = 0.5

    def step(self, bid: Floats, position: Floats, wanted: Floats, price_of_place: Floats) -> Floats:
        """The bids that take the wanted positions.

        Parameters
        ----------
        bid : shape (N,), bids now.
        position : shape (N,), average position since the last step, 1 is the first; nan without impressions.
        wanted : shape (N,).
        price_of_place : shape (N,), the competitor's bid at the wanted place; nan where the market does not say.
        """
        off = np.where(np.isnan(position), 0.0, position - wanted)
        step = np.where(np.abs(off) <= self.deadband, 0.0, self.gain * off)
        moved = bid * np.exp(np.clip(step, -self.largest_step, self.largest_step))
        return np.where(np.isnan(price_of_place), moved, price_of_place + 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCap:
    """Keeps the average cost per click at or below a cap, as a second multiplier beside pacing's (arXiv 2302.08530).

    In a first-price auction a click costs the bid, so the ceiling is the cap. Where clicks cost less than the bid, the
    ceiling rises above the cap while the average so far allows it, and falls back to the cap once it does not. Only the
    lower of this ceiling and pacing's bid counts ("min pacing").
    """

    memory: float = 0.45
    """Traffic over which cost and clicks are averaged, in days, as the pacing bidder's."""
    largest_excess: float = 2.0
    """Largest ceiling, in caps."""
    prior_clicks: float = 3.0
    """Clicks at the cap that count from the start: a first lucky click does not lift the ceiling far."""

    def step(self, spend: Floats, clicks: Floats, cap: Floats) -> Floats:
        """The ceilings of bids, shape (N,), from averaged spend and clicks of shape (N,)."""
        average = (spend + self.prior_clicks * cap) / (clicks + self.prior_clicks)
        return cap * np.clip(cap / np.maximum(average, _LEAST), 0.5, self.largest_excess)

    def average(self, before: Floats, new: Floats, traffic: Floats) -> Floats:
        """An average of spend or clicks after a step."""
        kept: Floats = np.exp(-traffic / self.memory) * before + new
        return kept
