"""Auctions of one tick for N campaigns at once: who wins, who clicks, what a click costs. Money is simulated.

Competitors' prices are log-logistic about a level of the region and the hour, so both directions have a closed form.
In a first-price auction a click costs the bid; in VCG it costs the price of the competitor who was outbid.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
N_PLACES = 10
_SPREAD = 0.35
_LEAST = 1e-9


class Auction(StrEnum):
    """The rule of what a click costs."""

    FIRST_PRICE = "first-price"
    VCG = "vcg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One tick; each field of shape (N,)."""

    impressions: Ints
    clicks: Ints
    spend: Ints
    invalid_clicks: Ints
    """Clicks that settling will take out again, as robots made them."""
    invalid_spend: Ints
    orders: Ints
    revenue: Ints
    position: Floats
    """Expected place of the bid, 1 is the first."""


def win_chance(bid: Floats, level: Floats) -> Floats:
    """The chance that a bid is above the highest competitor."""
    odds = np.exp(np.clip((np.log(np.maximum(bid, _LEAST)) - np.log(level)) / _SPREAD, -50, 50))
    return np.asarray(odds / (1 + odds))


def price_at(chance: Floats, level: Floats) -> Floats:
    """The bid that wins with a chance: the inverse of `win_chance`."""
    inside = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.asarray(level * (inside / (1 - inside)) ** _SPREAD)


def prices_of_places(level: float) -> list[int]:
    """What the competitor at each place bids, the first place first."""
    chances = (N_PLACES - np.arange(1, N_PLACES + 1) + 0.5) / N_PLACES
    return [int(price) for price in np.floor(price_at(chances, np.full(N_PLACES, level)))]


def run_tick(
    rng: np.random.Generator,
    rule: Auction,
    *,
    bid: Floats,
    level: Floats,
    auctions: Floats,
    click_rate: Floats,
    invalid_share: float,
) -> Outcome:
    """Hold the auctions of a tick.

    Parameters
    ----------
    bid, level, auctions, click_rate : shape (N,): bids (0 takes no part), the competitors' level, expected auctions,
        chance of a click.
    """
    won = win_chance(bid, level)
    impressions = rng.poisson(np.where(bid > 0, auctions * won, 0.0)).astype(np.int64)
    clicks = rng.binomial(impressions, click_rate).astype(np.int64)
    owner = np.repeat(np.arange(len(bid)), clicks)
    costs = bid[owner]
    if rule is Auction.VCG:
        costs = np.minimum(price_at(rng.random(len(owner)) * won[owner], level[owner]), costs)
    costs = np.maximum(np.floor(costs), 1)
    invalid = rng.random(len(owner)) < invalid_share
    ordered = (rng.random(len(owner)) < 0.05) & ~invalid
    revenue = np.where(ordered, rng.integers(2_000, 20_000, len(owner)), 0)

    def total(values: Floats) -> Ints:
        return np.bincount(owner, weights=values, minlength=len(bid)).astype(np.int64)

    return Outcome(
        impressions=impressions,
        clicks=clicks,
        spend=total(costs),
        invalid_clicks=total(invalid.astype(float)),
        invalid_spend=total(costs * invalid),
        orders=total(ordered.astype(float)),
        revenue=total(revenue.astype(float)),
        position=1 + (N_PLACES - 1) * (1 - won),
    )
