"""How ratings moved: every team's at the end of each week of a season, from what they were around each match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from functions.analyze.results import Floats, Ints, Results

DIGITS = {"elo": 1, "pi": 3, "goals": 3}
"""The ratings that are followed, and how finely."""

_FIRST_MONDAY = datetime(1969, 12, 29, tzinfo=UTC)
"""Of the week `Results.week` numbers 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One rating of both sides around each of M matches; what a summer does to it lies before the first."""

    before: Floats
    """Shape (M, 2), home and away side."""
    after: Floats
    """Shape (M, 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonHistory:
    """The ratings of one season's teams, week by week."""

    season_id: int
    season: str
    """Its label; empty where the source tells none."""
    starts_in: int
    content: dict[str, Any]
    """JSON: `days`, Sundays, the first before any match; `teams`, each with as many values of every rating."""


def seasons(
    results: Results,
    paths: Mapping[str, Path],
    *,
    season_ids: Mapping[int, int],
    labels: Mapping[int, str],
    names: Mapping[int, str],
) -> list[SeasonHistory]:
    """The history of every season, the first one first.

    Parameters
    ----------
    paths : by name of the rating, of `DIGITS`.
    season_ids : by the year a season starts in.
    labels : of seasons, by id.
    names : of teams, by id.
    """
    return [
        SeasonHistory(
            season_id=season_ids[year],
            season=labels.get(season_ids[year], ""),
            starts_in=year,
            content=_season(results, paths, year, names),
        )
        for year in np.unique(results.season).tolist()
    ]


def _season(results: Results, paths: Mapping[str, Path], year: int, names: Mapping[int, str]) -> dict[str, Any]:
    rows = np.flatnonzero(results.season == year)
    weeks, week = np.unique(results.week()[rows], return_inverse=True)
    both = np.concatenate([results.home[rows], results.away[rows]])
    teams, places = np.unique(both, return_inverse=True)
    moved = {
        name: _weekly(places, np.tile(week, 2), path.before[rows].T.ravel(), path.after[rows].T.ravel(), len(weeks))
        for name, path in paths.items()
    }
    return {
        "days": [_sunday(int(weeks[0]) - 1), *(_sunday(each) for each in weeks.tolist())],
        "teams": [
            {
                "team_id": results.team_ids[team],
                "team": names.get(results.team_ids[team], str(results.team_ids[team])),
                **{name: values[place].round(DIGITS[name]).tolist() for name, values in moved.items()},
            }
            for place, team in enumerate(teams.tolist())
        ],
    }


def _weekly(places: Ints, week: Ints, before: Floats, after: Floats, n_weeks: int) -> Floats:
    """Shape (T, W + 1): each team's rating before its first match of the season, then at the end of every week.

    All but the last are of shape (N,): one entry for each match of each team, by kick-off among a team's own.
    """
    values = np.full((int(places.max()) + 1, n_weeks + 1), np.nan)
    order = np.lexsort((np.tile(np.arange(len(places) // 2), 2), places))
    firsts = order[np.flatnonzero(np.diff(places[order], prepend=-1))]
    values[places[firsts], 0] = before[firsts]
    for entry in order.tolist():
        values[places[entry], week[entry] + 1] = after[entry]
    for column in range(1, n_weeks + 1):
        idle = np.isnan(values[:, column])
        values[idle, column] = values[idle, column - 1]
    return values


def _sunday(week: int) -> str:
    return (_FIRST_MONDAY + timedelta(days=7 * week + 6)).date().isoformat()
