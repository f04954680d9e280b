"""Decimal odds as whole hundredths, on the ladder of prices that are quoted.

Steps grow with the odds, as those of betting exchanges do (Betfair, "Price increments"), so that a step is about as
much of a price everywhere. Odds are rounded down, never up: a rounded price never costs the margin.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from shared.domain.betting.margins import Floats

Hundredths = npt.NDArray[np.int64]

LOWEST = 101
HIGHEST = 100_000
_LADDER = ((101, 1), (200, 2), (300, 5), (400, 10), (600, 20), (1_000, 50), (2_000, 100), (3_000, 200), (5_000, 500))
_LADDER_END = (10_000, 1_000)
_EXACT = 1e-6
"""Of a hundredth: 1/0.4 is 2.4999999999999996 in floating point, and is 2.50."""


def _build_steps() -> Hundredths:
    """Every price of the ladder, ascending."""
    bounds = [*_LADDER, _LADDER_END, (HIGHEST + 1, 1)]
    steps = [np.arange(start, stop, step) for (start, step), (stop, _) in pairwise(bounds)]
    return np.concatenate(steps).astype(np.int64)


LADDER = _build_steps()
"""Every price that lines quote, in hundredths, ascending."""


def round_down(odds: Floats) -> Hundredths:
    """Round decimal odds down to the ladder.

    Returns
    -------
    ndarray of the shape of `odds`: hundredths, 0 for odds below the lowest price, which are not quoted.
    """
    position = np.searchsorted(LADDER, odds * 100.0 + _EXACT, side="right") - 1
    return np.where(position < 0, 0, LADDER[np.maximum(position, 0)])
