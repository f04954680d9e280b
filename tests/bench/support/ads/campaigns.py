"""Campaigns of the arena: what each bid bin of each hour would have brought, generated from a seed.

The step model is BAT's (arXiv 2505.08485): an hour, bins of 1.2^n, and for every bin what a bid in it would have
brought. What is random here: the auctions of an hour (Poisson about the region's traffic, which is wrong by a day's
and an hour's noise), the competitors' prices (log-normal; their level has a daily wave, an autocorrelated noise, and
in three campaigns of ten a jump), the wins (multinomial) and the click rate of an hour. Money is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from shared.domain.ads.pacing import Floats

BASE = 1.2
FIRST_PRICE, VCG = "first price", "vcg"
N_BINS = 48
_LONGEST_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaigns:
    """N campaigns of at most H hours with B bins."""

    auction: str
    budget: Floats
    """Shape (N,)."""
    n_hours: Floats
    """Shape (N,)."""
    share: Floats
    """Shape (N, H): forecast share of the campaign's traffic in each hour; sums to 1 over its hours, 0 after them."""
    clicks: Floats
    """Shape (N, H, B): clicks of a bid in the bin."""
    spend: Floats
    """Shape (N, H, B)."""
    price: Floats
    """Shape (B,): the bid of each bin."""
    first_bid: Floats
    """Shape (N,): the bid that the market recommends at the start."""


def generate(auction: str, weeks: Mapping[str, Floats], n: int, seed: int) -> Campaigns:
    """Generate `n` campaigns in the regions of `weeks`."""
    rng = np.random.default_rng([seed, auction == VCG])
    share, n_hours = _shares(rng, list(weeks.values()), n)
    price = BASE ** np.arange(N_BINS, dtype=float)
    level, spread = rng.normal(np.log(60.0), 0.5, n), rng.uniform(0.3, 0.6, n)
    levels = level[:, None] + _level_noise(rng, share.shape)
    n_auctions = np.exp(rng.normal(np.log(30_000.0), 1.2, n))[:, None] * share * _traffic_noise(rng, share.shape)
    below = ndtr((np.log(price) - levels[:, :, None]) / spread[:, None, None])
    wins = _wins(rng, n_auctions, below)
    ctr = rng.uniform(0.02, 0.08, n)[:, None] * np.exp(rng.normal(0, 0.1, share.shape))
    contact_rate = rng.uniform(0.05, 0.2, n)[:, None]
    contacts = wins * (ctr * contact_rate)[:, :, None]
    # A win in a bin meets a competitor's price inside it: the geometric middle.
    paid = contacts * price / np.sqrt(BASE)
    spend = contacts.cumsum(axis=2) * price if auction == FIRST_PRICE else paid.cumsum(axis=2)
    budget = _budgets(rng, spend, price, level, spread)
    return Campaigns(
        auction=auction,
        budget=budget,
        n_hours=n_hours,
        share=share,
        clicks=(wins * ctr[:, :, None]).cumsum(axis=2),
        spend=spend,
        price=price,
        first_bid=np.exp(level + rng.normal(0, 0.4, n)),
    )


def _shares(rng: np.random.Generator, weeks: list[Floats], n: int) -> tuple[Floats, Floats]:
    n_hours = (24 * rng.integers(2, _LONGEST_DAYS + 1, n)).astype(float)
    hours = np.arange(24 * _LONGEST_DAYS)
    starts, regions = rng.integers(0, 168, n), rng.integers(0, len(weeks), n)
    share = np.stack([weeks[region][(start + hours) % 168] for region, start in zip(regions, starts, strict=True)])
    share *= hours < n_hours[:, None]
    return share / share.sum(axis=1, keepdims=True), n_hours


def _traffic_noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    day = np.repeat(rng.normal(0, 0.1, (shape[0], shape[1] // 24)), 24, axis=1)
    return np.asarray(np.exp(day + rng.normal(0, 0.15, shape)))


def _level_noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    n, n_hours = shape
    hours = np.arange(n_hours)
    wave = rng.uniform(0, 0.12, (n, 1)) * np.cos((hours - rng.uniform(0, 24, (n, 1))) * 2 * np.pi / 24)
    noise, shocks = np.zeros(shape), rng.normal(0, 0.05, shape)
    for hour in range(1, n_hours):
        noise[:, hour] = 0.9 * noise[:, hour - 1] + shocks[:, hour]
    jumps = (rng.random((n, 1)) < 0.3) * rng.normal(0, 0.3, (n, 1)) * (hours > rng.integers(12, 200, (n, 1)))
    return np.asarray(wave + noise + jumps)


def _wins(rng: np.random.Generator, n_auctions: Floats, below: Floats) -> Floats:
    chances = np.diff(below, axis=2, prepend=0.0)
    chances = np.concatenate([chances, 1 - below[:, :, -1:]], axis=2).clip(0)
    chances /= chances.sum(axis=2, keepdims=True)
    return rng.multinomial(rng.poisson(n_auctions), chances)[:, :, :-1].astype(float)


def _budgets(rng: np.random.Generator, spend: Floats, price: Floats, level: Floats, spread: Floats) -> Floats:
    """What a constant bid at some quantile of the competitors' prices would cost."""
    quantile = np.exp(level + spread * rng.normal(-0.3, 0.7, len(level)))
    chosen = np.searchsorted(price, quantile).clip(4, len(price) - 1)
    return np.asarray(np.maximum(spend.sum(axis=1)[np.arange(len(level)), chosen], 1.0))
