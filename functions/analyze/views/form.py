"""Form: a team's last matches, and what it won in them beyond what its opponents let one expect."""

from __future__ import annotations

from typing import Any

from functions.analyze.season.progress import Course, Result
from functions.analyze.views import form_index
from functions.analyze.views.expected_points import Before, Shots, of_outcomes

LENGTHS = (5, 10)


def form(course: Course, before: Before, shots: Shots) -> dict[str, Any]:
    """JSON: form over the last 5 and the last 10 matches of every team, the best over 5 first.

    `adjusted` is the mean over matches of points won less points expected before the match: form that opponents and
    venues are taken out of. Expected goals are those of matches whose shots have them.
    """
    rows = [
        {
            "team_id": team,
            "team": name,
            **{f"last_{length}": _form(team, _last(team, course, length), before, shots) for length in LENGTHS},
            "baseline": form_index.index(
                [_seen(team, result) for result in _last(team, course, form_index.MATCHES_BACK)]
            ),
        }
        for team, name in course.teams.items()
    ]
    return {"teams": sorted(rows, key=_best), "cautions": list(course.cautions)}


def _last(team: int, course: Course, length: int) -> list[Result]:
    return [result for result in course.played if team in (result.home_id, result.away_id)][-length:]


def _seen(team: int, result: Result) -> form_index.Played:
    goals, side = (result.home_goals, result.away_goals), int(team == result.away_id)
    return form_index.Played(result.points()[side], goals[side], goals[1 - side])


def _form(team: int, results: list[Result], before: Before, shots: Shots) -> dict[str, Any]:
    sides = [int(team == result.away_id) for result in results]
    points = [result.points()[side] for result, side in zip(results, sides, strict=True)]
    goals = [(result.home_goals, result.away_goals) for result in results]
    surplus = [
        won - of_outcomes(before[result.match_id])[side]
        for result, side, won in zip(results, sides, points, strict=True)
        if result.match_id in before
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
        "xg_per_match": _mean([mine for mine, _ in xg]),
        "xg_against_per_match": _mean([theirs for _, theirs in xg]),
        "adjusted": _mean(surplus),
    }


def _mean(values: list[Any]) -> float | None:
    return round(sum(values) / len(values), 3) if values else None


def _best(row: dict[str, Any]) -> tuple[float, str]:
    adjusted = row[f"last_{LENGTHS[0]}"]["adjusted"]
    return (float("inf") if adjusted is None else -adjusted, row["team"])
