"""Points a team could expect: from what was known before each match, and from the shots both sides had in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from functions.analyze.models.results import Floats
from functions.analyze.season.progress import Course
from shared.domain.football import expected_goals as xg

Before = Mapping[int, Floats]
"""Match id to home win, draw, away win as the models had them before its week, shape (3,)."""

Shots = Mapping[int, tuple[Sequence[float], Sequence[float]]]
"""Match id to the expected goals of every shot of home and away side."""

POINTS = np.array([3.0, 1.0, 0.0])


def of_outcomes(p: Floats) -> tuple[float, float]:
    """Expected points of home and away side."""
    return float(p @ POINTS), float(p[::-1] @ POINTS)


def table(course: Course, before: Before, shots: Shots) -> dict[str, Any]:
    """JSON: each team's points beside those expected, the most expected of forecasts first.

    Both expectations are told with the number of matches behind them and the points won in those; a match without the
    one or the other is left out of it.
    """
    by_forecast = {match_id: of_outcomes(p) for match_id, p in before.items()}
    by_shots = {match_id: xg.expected_points(*both) for match_id, both in shots.items()}
    rows = [
        {
            "team_id": team,
            "team": name,
            "n_matches": course.n_played()[team],
            "from_forecasts": _summed(team, course, by_forecast),
            "from_shots": _summed(team, course, by_shots),
        }
        for team, name in course.teams.items()
    ]
    return {"teams": sorted(rows, key=_most), "cautions": _cautions(course, by_forecast, by_shots)}


def _summed(team: int, course: Course, expected: Mapping[int, tuple[float, float]]) -> dict[str, Any]:
    points, total, n = 0, 0.0, 0
    for result in course.played:
        if team in (result.home_id, result.away_id) and result.match_id in expected:
            side = int(team == result.away_id)
            points, total, n = points + result.points()[side], total + expected[result.match_id][side], n + 1
    return {
        "n_matches": n,
        "points": points,
        "expected_points": round(total, 2),
        "difference": round(points - total, 2),
    }


def _most(row: dict[str, Any]) -> tuple[float, str]:
    return (-row["from_forecasts"]["expected_points"], row["team"])


def _cautions(course: Course, by_forecast: Mapping[int, Any], by_shots: Mapping[int, Any]) -> list[str]:
    """What is missing of either."""
    played = [result.match_id for result in course.played]
    without = {
        "no forecast, as awarded results have none": sum(match_id not in by_forecast for match_id in played),
        "no expected goals of their shots": sum(match_id not in by_shots for match_id in played),
    }
    return [f"{n} of {len(played)} matches have {what}" for what, n in without.items() if n]
