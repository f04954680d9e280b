"""Rating histories: every team's ratings at the end of each week of a season."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from functions.analyze.models.results import Floats, Ints, Results

DIGITS = {"elo": 1, "pi": 3, "goals": 3}
"""The ratings that have a history, and their number of digits."""

_FIRST_MONDAY = datetime(1969, 12, 29, tzinfo=UTC)
"""The Monday of week 0 of `Results.week`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingPath:
    """One rating of both sides before and after each of M matches; changes between seasons come before a match."""

    before: Floats
    """Shape (M, 2), home and away side."""
    after: Floats
    """Shape (M, 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonHistory:
    """The ratings of one season's teams, week by week."""

    season_id: int
    season: str
    """Label of the season; empty where the source has none."""
    starts_in: int
    content: dict[str, Any]
    """JSON: `days`, Sundays, the first before any match; `teams`, each with one value per day and rating."""


def build_season_histories(
    results: Results,
    paths: Mapping[str, RatingPath],
    *,
    season_ids: Mapping[int, int],
    labels: Mapping[int, str],
    names: Mapping[int, str],
) -> list[SeasonHistory]:
    """Build the history of every season, the oldest first.

    Parameters
    ----------
    paths : by name of the rating, one of `DIGITS`.
    season_ids : by the year in which the season starts.
    labels : labels of seasons by id.
    names : names of teams by id.
    """
    return [
        SeasonHistory(
            season_id=season_ids[year],
            season=labels.get(season_ids[year], ""),
            starts_in=year,
            content=_history_to_json(results, paths, year, names),
        )
        for year in np.unique(results.season).tolist()
    ]


def _history_to_json(
    results: Results, paths: Mapping[str, RatingPath], year: int, names: Mapping[int, str]
) -> dict[str, Any]:
    rows = np.flatnonzero(results.season == year)
    weeks, week = np.unique(results.week()[rows], return_inverse=True)
    both = np.concatenate([results.home[rows], results.away[rows]])
    teams, indices = np.unique(both, return_inverse=True)
    weekly = _WeeklyValues(indices, np.tile(week, 2), len(weeks))
    values_by_rating = {
        name: weekly.values(path.before[rows].T.ravel(), path.after[rows].T.ravel()) for name, path in paths.items()
    }
    return {
        "days": [_sunday(int(weeks[0]) - 1), *(_sunday(each) for each in weeks.tolist())],
        "teams": [
            {
                "team_id": results.team_ids[team],
                "team": names.get(results.team_ids[team], str(results.team_ids[team])),
                **{name: values[n].round(DIGITS[name]).tolist() for name, values in values_by_rating.items()},
            }
            for n, team in enumerate(teams.tolist())
        ],
    }


class _WeeklyValues:
    """Selects the last value of every week from values per match and team (shape (N,), by kick-off)."""

    def __init__(self, teams: Ints, week: Ints, n_weeks: int) -> None:
        n = len(teams)
        order = np.lexsort((np.tile(np.arange(n // 2), 2), teams))  # by team, then by kick-off
        team, week = teams[order], week[order]
        self._shape = (int(teams.max()) + 1, n_weeks + 1)
        self._first = order[np.diff(team, prepend=-1) != 0]
        ends = (np.diff(team, append=-1) != 0) | (np.diff(week, append=-1) != 0)
        self._last, self._cell = order[ends], (team[ends], week[ends] + 1)

    def values(self, before: Floats, after: Floats) -> Floats:
        """Shape (T, W + 1): each team's rating before its first match, then at the end of every week."""
        values = np.full(self._shape, np.nan)
        values[:, 0] = before[self._first]
        values[self._cell] = after[self._last]
        filled = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(self._shape[1])), axis=1)
        return np.asarray(np.take_along_axis(values, filled, axis=1))


def _sunday(week: int) -> str:
    return (_FIRST_MONDAY + timedelta(days=7 * week + 6)).date().isoformat()
