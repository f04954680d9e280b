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

from functions.analyze.models.rating_history import Path
from functions.analyze.models.results import Floats, Results

LEARNING_RATE = 0.035
"""lambda of the paper: share of the weighted error that the ground played on takes over."""
CARRIED_OVER = 0.7
"""gamma of the paper: share of a change that the rating of the other ground makes too."""

_BASE = 10.0
_SCALE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PiRatings:
    """Ratings after every match of some results (T teams, M matches)."""

    home: Floats
    """Shape (T,), at home."""
    away: Floats
    """Shape (T,), away from home."""
    difference: Floats
    """Shape (M,), goals by which the home side was expected to win before each match."""
    path: Path
    """Of the mean of a team's two ratings."""


def expected_margin(rating: float) -> float:
    """Goals of difference of a rating: ``sign(r) (10^(|r| / 3) - 1)``."""
    return math.copysign(_BASE ** (abs(rating) / _SCALE) - 1, rating)


def rate(results: Results) -> PiRatings:
    """Run through all matches in order; all teams begin at zero, which is the average."""
    # Python's numbers: taking an array's elements one by one costs five times the arithmetic.
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
        path=Path(before=np.array(before), after=np.array(after)),
    )
