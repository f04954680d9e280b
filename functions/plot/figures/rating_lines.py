"""The picture of the ratings of a season's teams by week."""

from __future__ import annotations

from typing import Any

from functions.plot.figures.picture import Picture, Rows

_NAMES = {"elo": "Elo", "pi": "pi-rating (goals)", "goals": "rating by goals (log)"}
_DIGITS = {"elo": 0, "pi": 2, "goals": 2}
_N_NAMED = 3
"""Number of teams at either end that the description names."""


def lines(slug: str, name: str, season: str, kind: str, history: dict[str, Any]) -> Picture:
    """Show a row per team and week, teams by their last rating; `history` is the rating history of analyze."""
    teams = sorted(history["teams"], key=lambda team: (-team[kind][-1], team["team"]))
    rows: Rows = [
        {"day": day, "team_id": team["team_id"], "team": team["team"], "rating": value}
        for team in teams
        for day, value in zip(history["days"], team[kind], strict=True)
    ]
    return Picture(
        kind="ratings",
        title=f"{name} {season}: {_NAMES[kind]} by week",
        text=_describe(teams, kind, history["days"][-1]),
        rows=rows,
        frame={"league": slug, "season": season, "kind": kind},
    )


def _describe(teams: list[dict[str, Any]], kind: str, day: str) -> str:
    """Name the best and the worst teams, and the one whose rating changed most."""
    digits = _DIGITS[kind]
    ratings = [f"{team['team']} {team[kind][-1]:.{digits}f}" for team in teams]
    ends = ratings if len(ratings) <= 2 * _N_NAMED else [*ratings[:_N_NAMED], "…", *ratings[-_N_NAMED:]]
    mover = max(teams, key=lambda team: (abs(_change(team, kind)), team["team"]))
    change = f"{_change(mover, kind):+.{digits}f}"
    return f"On {day}: {', '.join(ends)}. Moved most since the start: {mover['team']}, by {change}."


def _change(team: dict[str, Any], kind: str) -> float:
    return float(team[kind][-1] - team[kind][0])
