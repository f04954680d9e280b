"""Strength of schedule: how hard the matches were that a team has played, and how hard those are that remain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from functions.analyze.models.elo import HOME_ADVANTAGE
from functions.analyze.models.results import Floats
from functions.analyze.models.score_matrix import outcome
from functions.analyze.season.progress import Course
from functions.analyze.season.rates import Scores

_POINTS = np.array([3.0, 1.0, 0.0])
Pair = tuple[int, int]


def schedule(course: Course, scores: Scores, elo: Mapping[int, float]) -> dict[str, Any]:
    """JSON: each team's schedule played and remaining, the hardest rest first.

    `opponents` is the mean Elo of its opponents, `HOME_ADVANTAGE` added where they were hosts and taken off where they
    were guests; `average_team_points` what an average team of the league would expect a match against the same list:
    the mean over all teams in the place of this one.
    """
    team_ids = sorted(course.teams)
    expected = expected_points(team_ids, scores)
    average = dict(zip(team_ids, np.nanmean(expected, axis=1).T.tolist(), strict=True)) if len(team_ids) > 1 else {}
    played = [(result.home_id, result.away_id) for result in course.played]
    rows = [
        {
            "team_id": team,
            "team": course.teams[team],
            "played": _difficulty(team, played, average, elo),
            "remaining": _difficulty(team, course.to_play, average, elo),
        }
        for team in team_ids
    ]
    return {"home_advantage": HOME_ADVANTAGE, "teams": sorted(rows, key=_hardest), "cautions": list(course.cautions)}


def expected_points(team_ids: list[int], scores: Scores) -> Floats:
    """Shape (2, T, T): points expected of the row's team at home to the column's, then as its guest; NaN of itself."""
    teams = len(team_ids)
    made = np.full((2, teams, teams), np.nan)
    for i, home in enumerate(team_ids):
        for j, away in enumerate(team_ids):
            if i != j:
                p = outcome(scores(home, away))
                made[0, i, j], made[1, j, i] = p @ _POINTS, p[::-1] @ _POINTS
    return made


def _difficulty(
    team: int, pairs: Iterable[Pair], average: Mapping[int, list[float]], elo: Mapping[int, float]
) -> dict[str, Any]:
    """`average` by opponent: points that an average team expects of it at home, and as its guest."""
    mine = [(home, away) for home, away in pairs if team in (home, away)]
    if not mine:
        return {"n_matches": 0, "opponents": None, "average_team_points": None}
    ratings, points = [], []
    for home, away in mine:
        at_home = team == home
        opponent = away if at_home else home
        ratings.append(elo.get(opponent, np.nan) + (-HOME_ADVANTAGE if at_home else HOME_ADVANTAGE))
        points.append(average[opponent][int(not at_home)])
    return {
        "n_matches": len(mine),
        "opponents": _mean(ratings, 1),
        "average_team_points": _mean(points, 3),
    }


def _mean(values: list[Any], digits: int) -> float | None:
    known = [value for value in values if not np.isnan(value)]
    return round(float(np.mean(known)), digits) if known else None


def _hardest(row: dict[str, Any]) -> tuple[float, str]:
    rest = row["remaining"]["average_team_points"]
    return (np.inf if rest is None else rest, row["team"])
