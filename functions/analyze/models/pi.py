"""pi-ratings: a home and an away rating of each team, in goals of difference against an average opponent.

References
----------
Constantinou and Fenton (2013), Determining the level of ability of football teams by dynamic ratings based on the
relative discrepancies in scores between adversaries, Journal of Quantitative Analysis in Sports 9.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from functions.analyze.models.rating_history import RatingPath
from functions.analyze.models.results import Floats, Results

LEARNING_RATE = 0.035
"""lambda of the paper: share of the weighted error by which the rating for this ground changes."""
CARRIED_OVER = 0.7
"""gamma of the paper: share of that change by which the rating for the other ground changes."""

_BASE = 10.0
_SCALE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PiRatings:
    """pi-ratings over some results (T teams, M matches)."""

    home: Floats
    """Shape (T,), home ratings after the last match."""
    away: Floats
    """Shape (T,), away ratings after the last match."""
    difference: Floats
    """Shape (M,), expected goal difference before each match, home minus away."""
    path: RatingPath
    """The mean of a team's two ratings."""


def expected_margin(rating: float) -> float:
    """Expected goal difference of a rating against an average opponent: ``sign(r) (10^(|r| / 3) - 1)``."""
    return math.copysign(_BASE ** (abs(rating) / _SCALE) - 1, rating)


def rate(results: Results) -> PiRatings:
    """Compute the ratings match by match; all teams start at zero, the average."""
    # Plain numbers: reading single elements of an array costs five times as much as the arithmetic.
    home, away = [0.0] * len(results.team_ids), [0.0] * len(results.team_ids)
    margins = (results.home_goals - results.away_goals).tolist()
    difference = []
    before, after = [], []
    for h, a, margin in zip(results.home.tolist(), results.away.tolist(), margins, strict=True):
        difference.append(expected_margin(home[h]) - expected_margin(away[a]))
        error = margin - difference[-1]
        change = LEARNING_RATE * math.copysign(_SCALE * math.log10(1 + abs(error)), error)
        before.append(((home[h] + away[h]) / 2, (home[a] + away[a]) / 2))
        home[h] += change
        away[h] += CARRIED_OVER * change
        away[a] -= change
        home[a] -= CARRIED_OVER * change
        after.append(((home[h] + away[h]) / 2, (home[a] + away[a]) / 2))
    return PiRatings(
        home=np.array(home),
        away=np.array(away),
        difference=np.array(difference),
        path=RatingPath(before=np.array(before), after=np.array(after)),
    )
