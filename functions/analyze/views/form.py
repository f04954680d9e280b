"""Form: a team's last matches, and the points it won beyond those expected against its opponents."""

from __future__ import annotations

from typing import Any

from functions.analyze.season.progress import Result, SeasonProgress
from functions.analyze.views import form_index
from functions.analyze.views.expected_points import PreMatchProbabilities, ShotChances, points_from_probabilities

LENGTHS = (5, 10)


def build_form(progress: SeasonProgress, pre_match: PreMatchProbabilities, shots: ShotChances) -> dict[str, Any]:
    """JSON: form over the last 5 and the last 10 matches of every team, the best over 5 first.

    `adjusted` is the mean over matches of points won minus points expected before the match, so opponents and venues do
    not count in it. Expected goals are those of the matches whose shots have them.
    """
    rows = [
        {
            "team_id": team,
            "team": name,
            **{f"last_{n}": _form(team, _last_results(team, progress, n), pre_match, shots) for n in LENGTHS},
            "baseline": form_index.form_index(
                [_team_match(team, result) for result in _last_results(team, progress, form_index.MATCHES_BACK)]
            ),
        }
        for team, name in progress.teams.items()
    ]
    return {"teams": sorted(rows, key=_sort_key), "cautions": list(progress.cautions)}


def _last_results(team: int, progress: SeasonProgress, n: int) -> list[Result]:
    return [result for result in progress.played if team in (result.home_id, result.away_id)][-n:]


def _team_match(team: int, result: Result) -> form_index.TeamMatch:
    goals, side = (result.home_goals, result.away_goals), int(team == result.away_id)
    return form_index.TeamMatch(result.points()[side], goals[side], goals[1 - side])


def _form(team: int, results: list[Result], pre_match: PreMatchProbabilities, shots: ShotChances) -> dict[str, Any]:
    sides = [int(team == result.away_id) for result in results]
    points = [result.points()[side] for result, side in zip(results, sides, strict=True)]
    goals = [(result.home_goals, result.away_goals) for result in results]
    surplus = [
        won - points_from_probabilities(pre_match[result.match_id])[side]
        for result, side, won in zip(results, sides, points, strict=True)
        if result.match_id in pre_match
    ]
    xg = [
        (sum(shots[result.match_id][side]), sum(shots[result.match_id][1 - side]))
        for result, side in zip(results, sides, strict=True)
        if result.match_id in shots
    ]
    return {
        "n_matches": len(results),
        "results": "".join({3: "W", 1: "D", 0: "L"}[won] for won in points),
        "points_per_match": _mean(points),
        "goals_for": sum(both[side] for both, side in zip(goals, sides, strict=True)),
        "goals_against": sum(both[1 - side] for both, side in zip(goals, sides, strict=True)),
        "xg_per_match": _mean([own for own, _ in xg]),
        "xg_against_per_match": _mean([opponent for _, opponent in xg]),
        "adjusted": _mean(surplus),
    }


def _mean(values: list[Any]) -> float | None:
    return round(sum(values) / len(values), 3) if values else None


def _sort_key(row: dict[str, Any]) -> tuple[float, str]:
    adjusted = row[f"last_{LENGTHS[0]}"]["adjusted"]
    return (float("inf") if adjusted is None else -adjusted, row["team"])
