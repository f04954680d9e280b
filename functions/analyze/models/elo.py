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

from functions.analyze.models.rating_history import RatingPath
from functions.analyze.models.results import Floats, Results

START = 1500.0
K = 20.0
HOME_ADVANTAGE = 60.0
"""Rating points added to the home side. This and `K` are those of published football Elo systems, not tuned here."""
SUMMER_PULL = 0.20
"""Share of its distance to the mean that a rating loses between seasons."""
NEWCOMER_DEFICIT = 80.0
"""Rating points below the mean at which a team new to the league starts: about what promoted teams lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EloRatings:
    """Elo ratings over some results (T teams, M matches)."""

    team_ids: tuple[int, ...]
    rating: Floats
    """Shape (T,), ratings after the last match."""
    difference: Floats
    """Shape (M,), home minus away rating before each match, home advantage included."""
    path: RatingPath


def rate(results: Results) -> EloRatings:
    """Compute the ratings match by match: ``R += K sqrt(margin) (S - E)``, ``E = 1 / (1 + 10^(-d/400))``.

    A draw has margin 1. Between seasons every rating is pulled to the mean by `SUMMER_PULL`; teams new to a league with
    earlier seasons start `NEWCOMER_DEFICIT` below the mean.
    """
    # Plain numbers: reading single elements of an array costs five times as much as the arithmetic.
    rating, has_played = [START] * len(results.team_ids), [False] * len(results.team_ids)
    margins = (results.home_goals - results.away_goals).tolist()
    difference: list[float] = []
    before: list[tuple[float, float]] = []
    after: list[tuple[float, float]] = []
    season = None
    rows = zip(results.home.tolist(), results.away.tolist(), margins, results.season.tolist(), strict=True)
    for home, away, margin, year in rows:
        if season is not None and year != season:
            rating = _between_seasons(rating, has_played)
        season = year
        lead = rating[home] - rating[away] + HOME_ADVANTAGE
        won = 1.0 if margin > 0 else 0.5 if margin == 0 else 0.0
        change = K * math.sqrt(max(abs(margin), 1.0)) * (won - 1.0 / (1.0 + 10.0 ** (-lead / 400.0)))
        difference.append(lead)
        before.append((rating[home], rating[away]))
        rating[home] += change
        rating[away] -= change
        after.append((rating[home], rating[away]))
        has_played[home] = has_played[away] = True
    return EloRatings(
        team_ids=results.team_ids,
        rating=np.array(rating),
        difference=np.array(difference),
        path=RatingPath(before=np.array(before), after=np.array(after)),
    )


def _between_seasons(rating: list[float], has_played: list[bool]) -> list[float]:
    """Pull the teams that have played to their mean, and place all others below it."""
    played = [points for points, is_known in zip(rating, has_played, strict=True) if is_known]
    mean = sum(played) / len(played)
    return [
        points + SUMMER_PULL * (mean - points) if is_known else mean - NEWCOMER_DEFICIT
        for points, is_known in zip(rating, has_played, strict=True)
    ]
