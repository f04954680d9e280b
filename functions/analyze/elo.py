"""Elo ratings of teams.

References
----------
Elo (1978), The Rating of Chessplayers. Hvattum and Arntzen (2010), Using ELO ratings for match result prediction in
association football, International Journal of Forecasting 26.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from functions.analyze.results import Floats, Ints, Results

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


def rate(results: Results) -> Ratings:
    """Run the ratings through all matches in order: ``R += K sqrt(margin) (S - E)``, ``E = 1 / (1 + 10^(-d/400))``.

    A draw counts with margin 1. Between seasons every rating is pulled to the mean by `SUMMER_PULL`; teams new to a
    league that has history start `NEWCOMER_DEFICIT` below it.
    """
    teams = len(results.team_ids)
    rating = np.full(teams, START)
    seen = np.zeros(teams, dtype=np.int64)
    difference = np.zeros(len(results))
    season = None
    for m in range(len(results)):
        if season is not None and results.season[m] != season:
            rating = _between_seasons(rating, seen)
        season = results.season[m]
        home, away = results.home[m], results.away[m]
        margin = results.home_goals[m] - results.away_goals[m]
        difference[m] = rating[home] - rating[away] + HOME_ADVANTAGE
        expected = 1.0 / (1.0 + 10.0 ** (-difference[m] / 400.0))
        change = K * np.sqrt(max(abs(margin), 1.0)) * ((1 + np.sign(margin)) / 2 - expected)
        rating[home] += change
        rating[away] -= change
        seen[home] += 1
        seen[away] += 1
    return Ratings(team_ids=results.team_ids, rating=rating, difference=difference)


def _between_seasons(rating: Floats, seen: Ints) -> Floats:
    """Pull known teams to their mean; those never seen wait below it."""
    known = seen > 0
    mean = float(rating[known].mean())
    pulled = np.where(known, rating + SUMMER_PULL * (mean - rating), mean - NEWCOMER_DEFICIT)
    return np.asarray(pulled)
