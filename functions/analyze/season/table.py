"""Rank the final tables of many seasons at once: the rules of `shared.domain.football.table` over arrays.

Results of T teams in N seasons are (T, T, N) arrays, row against column, so the points among any set of level teams are
a sum over some columns. Teams that are level after the whole tie-break are ranked by lot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from functions.analyze.models.results import Bools, Floats, Ints

Small = npt.NDArray[np.int8]
"""Enough for places and for the meetings of two teams in a season: half the memory is half the time."""
Counts = npt.NDArray[np.int16]

_OVERALL = ("gd", "gf", "wins")
_HEAD_TO_HEAD = ("h2h_points", "h2h_gd", "h2h_gf", "h2h_away_goals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Sums over the meetings of every pair, each of shape (T, T, N)."""

    points: Small
    goals: Small
    """Goals of the row's team."""
    away_goals: Small
    """Goals of the row's team at the column's ground."""
    wins: Small

    def add(self, home: int, away: int, home_goals: Small, away_goals: Small) -> None:
        """Add one match in all seasons; goals have shape (N,)."""
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

    def repeat(self, n: int) -> Tally:
        """Return a tally of `n` equal seasons."""
        return Tally(
            points=self.points.repeat(n, axis=2),
            goals=self.goals.repeat(n, axis=2),
            away_goals=self.away_goals.repeat(n, axis=2),
            wins=self.wins.repeat(n, axis=2),
        )


def empty_tally(n_teams: int, n_seasons: int) -> Tally:
    """Return the tally of seasons without a match."""
    shape = (n_teams, n_teams, n_seasons)
    return Tally(
        points=np.zeros(shape, np.int8),
        goals=np.zeros(shape, np.int8),
        away_goals=np.zeros(shape, np.int8),
        wins=np.zeros(shape, np.int8),
    )


def rank_teams(tally: Tally, points: Counts, tie_break: Sequence[str], lots: Floats) -> Small:
    """Shape (T, N): each team's place, 0 is the first.

    Parameters
    ----------
    points : shape (T, N), adjustments included.
    tie_break : criteria after points, as in `shared.domain.football.table.league_table`.
    lots : shape (T, N), ranks teams that nothing else separates; the highest goes first.
    """
    place = _refine(np.zeros(points.shape, np.int8), points)
    chain = list(tie_break)
    while chain:
        n_head_to_head = next((n for n, name in enumerate(chain) if name not in _HEAD_TO_HEAD), len(chain))
        if n_head_to_head:
            place = _break_by_head_to_head(place, tally, chain[:n_head_to_head])
        else:
            place, _ = _break_ties(place, _seasons_with_ties(place), tally, chain[:1])
        chain = chain[n_head_to_head or 1 :]
    return _refine(place, lots)


def _break_by_head_to_head(place: Small, tally: Tally, criteria: Sequence[str]) -> Small:
    """Apply consecutive head-to-head criteria together, and again to each smaller group that stays level."""
    seasons = _seasons_with_ties(place)
    while len(seasons):
        place, changed = _break_ties(place, seasons, tally, criteria)
        seasons = seasons[changed]
    return place


def _seasons_with_ties(place: Small) -> Ints:
    """Indices of the seasons with level teams; all seasons if most have them, which saves the selection."""
    teams, n = place.shape
    seasons = np.flatnonzero(place.sum(axis=0) < teams * (teams - 1) // 2)
    return seasons if 2 * len(seasons) < n else np.arange(n)


def _break_ties(place: Small, seasons: Ints, tally: Tally, criteria: Sequence[str]) -> tuple[Small, Bools]:
    """Apply criteria in turn to n of the seasons; also return, shape (n,), in which of them places changed."""
    before = place[:, seasons]
    level = before[:, None] == before[None]
    after = before
    for name in criteria:
        value = (
            _overall_value(name, tally)[:, seasons]
            if name in _OVERALL
            else _head_to_head_value(level, name, tally, seasons)
        )
        after = _refine(after, value)
    updated = place.copy()
    updated[:, seasons] = after
    return updated, (after != before).any(axis=0)


def _overall_value(name: str, tally: Tally) -> Counts:
    """Shape (T, N): the value of a criterion over all matches; more is better."""
    counts = tally.wins if name == "wins" else tally.goals
    own = counts.sum(axis=1, dtype=np.int16)
    return np.asarray(own - counts.sum(axis=0, dtype=np.int16) if name == "gd" else own)


def _head_to_head_value(level: Bools, name: str, tally: Tally, seasons: Ints) -> Counts:
    """Shape (T, n): the value of a criterion over the meetings of level teams (`level`, shape (T, T, n))."""
    counts = {"h2h_points": tally.points, "h2h_away_goals": tally.away_goals}.get(name, tally.goals)
    counts = (counts if len(seasons) == counts.shape[2] else counts[:, :, seasons]) * level
    own = counts.sum(axis=1, dtype=np.int16)
    return np.asarray(own - counts.sum(axis=0, dtype=np.int16) if name == "h2h_gd" else own)


def _refine(place: Small, value: Counts | Floats) -> Small:
    """Rank level teams by a value, highest first; teams that stay level share the best place."""
    better, level = place[None] < place[:, None], place[None] == place[:, None]
    better |= level & (value[None] > value[:, None])
    return np.asarray(better.view(np.int8).sum(axis=1, dtype=np.int8))
