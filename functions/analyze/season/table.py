"""Final tables of many seasons at once: the rules of `shared.domain.football.table` over arrays.

What T teams did against each other is kept as (T, T, N) arrays of N seasons, row against column, so that the points
among any set of level teams are a sum over some columns. Whoever the whole chain leaves level is parted by lot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from functions.analyze.models.results import Bools, Floats, Ints

Small = npt.NDArray[np.int8]
"""Enough for what two teams do against each other in a season, and for places: half the memory is half the time."""
Counts = npt.NDArray[np.int16]

_OVERALL = ("gd", "gf", "wins")
_MEETINGS = ("h2h_points", "h2h_gd", "h2h_gf", "h2h_away_goals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Sums over the meetings of every pair, each of shape (T, T, N)."""

    points: Small
    goals: Small
    """Scored by the row's team."""
    away_goals: Small
    """Scored by the row's team at the column's ground."""
    wins: Small

    def add(self, home: int, away: int, home_goals: Small, away_goals: Small) -> None:
        """One match in all seasons; goals of shape (N,)."""
        won, lost = home_goals > away_goals, home_goals < away_goals
        level = ~(won | lost)
        self.points[home, away] += level
        self.points[away, home] += level
        self.points[home, away] += won * np.int8(3)
        self.points[away, home] += lost * np.int8(3)
        self.wins[home, away] += won
        self.wins[away, home] += lost
        self.goals[home, away] += home_goals
        self.goals[away, home] += away_goals
        self.away_goals[away, home] += away_goals

    def times(self, n: int) -> Tally:
        """The same, `n` times over."""
        return Tally(
            points=self.points.repeat(n, axis=2),
            goals=self.goals.repeat(n, axis=2),
            away_goals=self.away_goals.repeat(n, axis=2),
            wins=self.wins.repeat(n, axis=2),
        )


def empty(n_teams: int, n_seasons: int) -> Tally:
    """Nothing played."""
    shape = (n_teams, n_teams, n_seasons)
    return Tally(
        points=np.zeros(shape, np.int8),
        goals=np.zeros(shape, np.int8),
        away_goals=np.zeros(shape, np.int8),
        wins=np.zeros(shape, np.int8),
    )


def places(tally: Tally, points: Counts, tie_break: Sequence[str], lots: Floats) -> Small:
    """Shape (T, N): each team's place, 0 the first.

    Parameters
    ----------
    points : shape (T, N), adjustments included.
    tie_break : criteria after points, of `shared.domain.football.table.league_table`.
    lots : shape (T, N), what parts those whom nothing else parts; the highest goes first.
    """
    found = _refined(np.zeros(points.shape, np.int8), points)
    chain = list(tie_break)
    while chain:
        n_meetings = next((n for n, name in enumerate(chain) if name not in _MEETINGS), len(chain))
        if n_meetings:
            found = _by_meetings(found, tally, chain[:n_meetings])
        else:
            found, _ = _parted(found, _level(found), tally, chain[:1])
        chain = chain[n_meetings or 1 :]
    return _refined(found, lots)


def _by_meetings(found: Small, tally: Tally, criteria: Sequence[str]) -> Small:
    """Consecutive head-to-head criteria apply together, and again to each smaller group they leave level."""
    seasons = _level(found)
    while len(seasons):
        found, changed = _parted(found, seasons, tally, criteria)
        seasons = seasons[changed]
    return found


def _level(found: Small) -> Ints:
    """The seasons that have level teams; all of them where most have, which saves picking them out."""
    teams, n = found.shape
    seasons = np.flatnonzero(found.sum(axis=0) < teams * (teams - 1) // 2)
    return seasons if 2 * len(seasons) < n else np.arange(n)


def _parted(found: Small, seasons: Ints, tally: Tally, criteria: Sequence[str]) -> tuple[Small, Bools]:
    """Some criteria in turn in n of the seasons; and in which of these, shape (n,), they parted anybody."""
    before = found[:, seasons]
    level = before[:, None] == before[None]
    after = before
    for name in criteria:
        value = _overall(name, tally)[:, seasons] if name in _OVERALL else _among(level, name, tally, seasons)
        after = _refined(after, value)
    parted = found.copy()
    parted[:, seasons] = after
    return parted, (after != before).any(axis=0)


def _overall(name: str, tally: Tally) -> Counts:
    """Shape (T, N): a criterion over all matches, the more the better."""
    counted = tally.wins if name == "wins" else tally.goals
    mine = counted.sum(axis=1, dtype=np.int16)
    return np.asarray(mine - counted.sum(axis=0, dtype=np.int16) if name == "gd" else mine)


def _among(level: Bools, name: str, tally: Tally, seasons: Ints) -> Counts:
    """Shape (T, n): a criterion over the meetings of level teams, `level` of shape (T, T, n), in n of the seasons."""
    counted = {"h2h_points": tally.points, "h2h_away_goals": tally.away_goals}.get(name, tally.goals)
    counted = (counted if len(seasons) == counted.shape[2] else counted[:, :, seasons]) * level
    mine = counted.sum(axis=1, dtype=np.int16)
    return np.asarray(mine - counted.sum(axis=0, dtype=np.int16) if name == "h2h_gd" else mine)


def _refined(found: Small, value: Counts | Floats) -> Small:
    """Places with level teams parted by a value, highest first; those it leaves level share the best place."""
    better, level = found[None] < found[:, None], found[None] == found[:, None]
    better |= level & (value[None] > value[:, None])
    return np.asarray(better.view(np.int8).sum(axis=1, dtype=np.int8))
