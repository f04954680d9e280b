"""Elo ratings of teams.

References
----------
Elo (1978), The Rating of Chessplayers. Hvattum and Arntzen (2010), Using ELO ratings for match result prediction in
association football, International Journal of Forecasting 26.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from functions.analyze.models.rating_history import Path
from functions.analyze.models.results import Floats, Results

START = 1500.0
K = 20.0
HOME_ADVANTAGE = 60.0
"""Rating points added to the home side; K and this as in published football Elo systems, not tuned here."""
SUMMER_PULL = 0.20
"""Share of the distance to the mean that a rating loses between seasons."""
NEWCOMER_DEFICIT = 80.0
"""Points below the mean at which a team unknown to the league starts: a quarter of a goal, about what promoted teams
lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """Elo after every match of some results (T teams, M matches)."""

    team_ids: tuple[int, ...]
    rating: Floats
    """Shape (T,), after the last match."""
    difference: Floats
    """Shape (M,), home minus away before each match, home advantage included."""
    path: Path


def rate(results: Results) -> Ratings:
    """Run the ratings through all matches in order: ``R += K sqrt(margin) (S - E)``, ``E = 1 / (1 + 10^(-d/400))``.

    A draw counts with margin 1. Between seasons every rating is pulled to the mean by `SUMMER_PULL`; teams new to a
    league that has history start `NEWCOMER_DEFICIT` below it.
    """
    # Python's numbers: taking an array's elements one by one costs five times the arithmetic.
    rating, seen = [START] * len(results.team_ids), [False] * len(results.team_ids)
    margins = (results.home_goals - results.away_goals).tolist()
    difference: list[float] = []
    before: list[tuple[float, float]] = []
    after: list[tuple[float, float]] = []
    season = None
    rows = zip(results.home.tolist(), results.away.tolist(), margins, results.season.tolist(), strict=True)
    for home, away, margin, year in rows:
        if season is not None and year != season:
            rating = _between_seasons(rating, seen)
        season = year
        ahead = rating[home] - rating[away] + HOME_ADVANTAGE
        won = 1.0 if margin > 0 else 0.5 if margin == 0 else 0.0
        change = K * math.sqrt(max(abs(margin), 1.0)) * (won - 1.0 / (1.0 + 10.0 ** (-ahead / 400.0)))
        difference.append(ahead)
        before.append((rating[home], rating[away]))
        rating[home] += change
        rating[away] -= change
        after.append((rating[home], rating[away]))
        seen[home] = seen[away] = True
    return Ratings(
        team_ids=results.team_ids,
        rating=np.array(rating),
        difference=np.array(difference),
        path=Path(before=np.array(before), after=np.array(after)),
    )


def _between_seasons(rating: list[float], seen: list[bool]) -> list[float]:
    """Pull known teams to their mean; those never seen wait below it."""
    known = [points for points, was_seen in zip(rating, seen, strict=True) if was_seen]
    mean = sum(known) / len(known)
    return [
        points + SUMMER_PULL * (mean - points) if was_seen else mean - NEWCOMER_DEFICIT
        for points, was_seen in zip(rating, seen, strict=True)
    ]
