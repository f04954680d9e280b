"""How the ratings of a season's teams moved, as a picture."""

from __future__ import annotations

from typing import Any

from functions.plot.figures.picture import Picture, Rows

_NAMES = {"elo": "Elo", "pi": "pi-rating (goals)", "goals": "rating by goals (log)"}
_DIGITS = {"elo": 0, "pi": 2, "goals": 2}
_TOLD = 3
"""Teams at either end that the words name."""


def lines(slug: str, name: str, season: str, kind: str, history: dict[str, Any]) -> Picture:
    """A row for each team and week, by the teams' last rating; `history` as analyze keeps it."""
    teams = sorted(history["teams"], key=lambda team: (-team[kind][-1], team["team"]))
    rows: Rows = [
        {"day": day, "team_id": team["team_id"], "team": team["team"], "rating": value}
        for team in teams
        for day, value in zip(history["days"], team[kind], strict=True)
    ]
    return Picture(
        kind="ratings",
        title=f"{name} {season}: {_NAMES[kind]} by week",
        text=_words(teams, kind, history["days"][-1]),
        rows=rows,
        frame={"league": slug, "season": season, "kind": kind},
    )


def _words(teams: list[dict[str, Any]], kind: str, day: str) -> str:
    """The best and the worst, and whoever moved most."""
    digits = _DIGITS[kind]
    told = [f"{team['team']} {team[kind][-1]:.{digits}f}" for team in teams]
    ends = told if len(told) <= 2 * _TOLD else [*told[:_TOLD], "…", *told[-_TOLD:]]
    most = max(teams, key=lambda team: (abs(_moved(team, kind)), team["team"]))
    return (
        f"On {day}: {', '.join(ends)}. Moved most since the start: {most['team']}, by {_moved(most, kind):+.{digits}f}."
    )


def _moved(team: dict[str, Any], kind: str) -> float:
    return float(team[kind][-1] - team[kind][0])
