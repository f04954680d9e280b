"""Strength of schedule: how hard a team's matches were, and how hard the remaining ones are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from functions.analyze.models.elo import HOME_ADVANTAGE
from functions.analyze.models.results import Floats
from functions.analyze.models.score_matrix import outcome_probabilities
from functions.analyze.season.progress import SeasonProgress
from functions.analyze.season.rates import Scores
from functions.analyze.views.expected_points import points_from_probabilities

Pair = tuple[int, int]


def build_schedule(progress: SeasonProgress, scores: Scores, elo: Mapping[int, float]) -> dict[str, Any]:
    """JSON: each team's schedule, played and remaining, the hardest remaining one first.

    `opponents` is the mean Elo of the opponents: `HOME_ADVANTAGE` is added for an opponent at home and subtracted for
    one that is a guest. `average_team_points` is what an average team of the league would expect per match from the
    same schedule: the mean over all teams in the place of this one.
    """
    team_ids = sorted(progress.teams)
    expected = expected_points_by_pair(team_ids, scores)
    average = dict(zip(team_ids, np.nanmean(expected, axis=1).T.tolist(), strict=True)) if len(team_ids) > 1 else {}
    played = [(result.home_id, result.away_id) for result in progress.played]
    rows = [
        {
            "team_id": team,
            "team": progress.teams[team],
            "played": _difficulty(team, played, average, elo),
            "remaining": _difficulty(team, progress.to_play, average, elo),
        }
        for team in team_ids
    ]
    return {"home_advantage": HOME_ADVANTAGE, "teams": sorted(rows, key=_sort_key), "cautions": list(progress.cautions)}


def expected_points_by_pair(team_ids: list[int], scores: Scores) -> Floats:
    """Shape (2, T, T): expected points of the row's team against the column's, home and away; NaN on the diagonal."""
    teams = len(team_ids)
    expected = np.full((2, teams, teams), np.nan)
    for i, home in enumerate(team_ids):
        for j, away in enumerate(team_ids):
            if i != j:
                p = outcome_probabilities(scores(home, away))
                expected[0, i, j], expected[1, j, i] = points_from_probabilities(p)
    return expected


def _difficulty(
    team: int, pairs: Iterable[Pair], average: Mapping[int, list[float]], elo: Mapping[int, float]
) -> dict[str, Any]:
    """Difficulty of a team's matches; `average`: points of an average team at home and away to each opponent."""
    own = [(home, away) for home, away in pairs if team in (home, away)]
    if not own:
        return {"n_matches": 0, "opponents": None, "average_team_points": None}
    ratings, points = [], []
    for home, away in own:
        at_home = team == home
        opponent = away if at_home else home
        ratings.append(elo.get(opponent, np.nan) + (-HOME_ADVANTAGE if at_home else HOME_ADVANTAGE))
        points.append(average[opponent][int(not at_home)])
    return {
        "n_matches": len(own),
        "opponents": _mean(ratings, 1),
        "average_team_points": _mean(points, 3),
    }


def _mean(values: list[Any], digits: int) -> float | None:
    numbers = [value for value in values if not np.isnan(value)]
    return round(float(np.mean(numbers)), digits) if numbers else None


def _sort_key(row: dict[str, Any]) -> tuple[float, str]:
    points = row["remaining"]["average_team_points"]
    return (np.inf if points is None else points, row["team"])
