"""Expected points of every team: from the forecasts before its matches, and from the shots of both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from functions.analyze.models.results import Floats
from functions.analyze.season.progress import SeasonProgress
from shared.domain.football import expected_goals

PreMatchProbabilities = Mapping[int, Floats]
"""Match id to the probabilities of home win, draw and away win before the week of the match, shape (3,)."""

ShotChances = Mapping[int, tuple[Sequence[float], Sequence[float]]]
"""Match id to the expected goals of every shot of the home side and of the away side."""

POINTS = np.array([3.0, 1.0, 0.0])


def points_from_probabilities(p: Floats) -> tuple[float, float]:
    """Expected points of home and away side."""
    return float(p @ POINTS), float(p[::-1] @ POINTS)


def build_expected_points(
    progress: SeasonProgress, pre_match: PreMatchProbabilities, shots: ShotChances
) -> dict[str, Any]:
    """JSON: each team's points beside those expected, the most expected by forecasts first.

    Each expectation comes with the number of matches behind it and the points won in these. A match without a forecast
    or without expected goals is left out of that expectation. `by_match` are points and points expected from forecasts
    after each match of the team.
    """
    by_forecast = {match_id: points_from_probabilities(p) for match_id, p in pre_match.items()}
    by_shots = {match_id: expected_goals.expected_points(*both) for match_id, both in shots.items()}
    n_played = progress.n_played()
    rows = [
        {
            "team_id": team,
            "team": name,
            "n_matches": n_played[team],
            "from_forecasts": _sum_up(team, progress, by_forecast),
            "from_shots": _sum_up(team, progress, by_shots),
            "by_match": _add_up(team, progress, by_forecast),
        }
        for team, name in progress.teams.items()
    ]
    return {"teams": sorted(rows, key=_sort_key), "cautions": _cautions(progress, by_forecast, by_shots)}


def _sum_up(team: int, progress: SeasonProgress, expected: Mapping[int, tuple[float, float]]) -> dict[str, Any]:
    points, total, n = 0, 0.0, 0
    for result in progress.played:
        if team in (result.home_id, result.away_id) and result.match_id in expected:
            side = int(team == result.away_id)
            points, total, n = points + result.points()[side], total + expected[result.match_id][side], n + 1
    return {
        "n_matches": n,
        "points": points,
        "expected_points": round(total, 2),
        "difference": round(points - total, 2),
    }


def _add_up(
    team: int, progress: SeasonProgress, expected: Mapping[int, tuple[float, float]]
) -> list[tuple[int, float]]:
    """Points and expected points after each match of a team; a match without a forecast adds its points to both."""
    points, total, sums = 0, 0.0, []
    for result in progress.played:
        if team in (result.home_id, result.away_id):
            side = int(team == result.away_id)
            won = result.points()[side]
            points, total = (
                points + won,
                total + (expected[result.match_id][side] if result.match_id in expected else won),
            )
            sums.append((points, round(total, 2)))
    return sums


def _sort_key(row: dict[str, Any]) -> tuple[float, str]:
    return (-row["from_forecasts"]["expected_points"], row["team"])


def _cautions(progress: SeasonProgress, by_forecast: Mapping[int, Any], by_shots: Mapping[int, Any]) -> list[str]:
    match_ids = [result.match_id for result in progress.played]
    missing = {
        "no forecast, as awarded results have none": sum(match_id not in by_forecast for match_id in match_ids),
        "no expected goals of their shots": sum(match_id not in by_shots for match_id in match_ids),
    }
    return [f"{n} of {len(match_ids)} matches have {what}" for what, n in missing.items() if n]
