"""How ratings moved: every team's at the end of each week of a season, from what they were around each match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from functions.analyze.models.results import Floats, Ints, Results

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
    weekly = _Weekly(places, np.tile(week, 2), len(weeks))
    moved = {
        name: weekly.values(path.before[rows].T.ravel(), path.after[rows].T.ravel()) for name, path in paths.items()
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


class _Weekly:
    """Picks, of what is told for each match of each team (shape (N,), by kick-off), the last of every week."""

    def __init__(self, places: Ints, week: Ints, n_weeks: int) -> None:
        n = len(places)
        order = np.lexsort((np.tile(np.arange(n // 2), 2), places))  # by team, then by kick-off
        of, when = places[order], week[order]
        self._shape = (int(places.max()) + 1, n_weeks + 1)
        self._first = order[np.diff(of, prepend=-1) != 0]
        ends = (np.diff(of, append=-1) != 0) | (np.diff(when, append=-1) != 0)
        self._last, self._cell = order[ends], (of[ends], when[ends] + 1)

    def values(self, before: Floats, after: Floats) -> Floats:
        """Shape (T, W + 1): each team's rating before its first match, then at the end of every week."""
        values = np.full(self._shape, np.nan)
        values[:, 0] = before[self._first]
        values[self._cell] = after[self._last]
        known = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(self._shape[1])), axis=1)
        return np.asarray(np.take_along_axis(values, known, axis=1))


def _sunday(week: int) -> str:
    return (_FIRST_MONDAY + timedelta(days=7 * week + 6)).date().isoformat()
