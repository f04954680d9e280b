"""Final scores as arrays, the input of every model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from functions.analyze.models.history import FinalScore

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SIGNALS = ("goals", "on_target", "shots", "corners")
"""Counts of each side: goals in 90 minutes, shots on target, all shots, corner kicks."""


_SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Matches in order of kick-off (M of them, T teams).

    `home`, `away` : shape (M,), index into `team_ids`.
    `home_goals`, `away_goals` : shape (M,), goals after 90 minutes.
    `day` : shape (M,), days since 1970-01-01 UTC, with fraction.
    `season` : shape (M,), calendar year in which the match's season starts.
    `counts` : shape (M, 2, 4), the `SIGNALS` of home and away side, NaN where the source did not count.
    `division` : shape (M,), 0 is the highest of the country; a league alone has 0 everywhere.
    """

    team_ids: tuple[int, ...]
    home: Ints
    away: Ints
    home_goals: Floats
    away_goals: Floats
    day: Floats
    season: Ints
    counts: Floats
    division: Ints

    def __len__(self) -> int:
        return len(self.home)

    def index(self) -> dict[int, int]:
        """Map team ids to their index."""
        return {team_id: n for n, team_id in enumerate(self.team_ids)}

    def outcome(self) -> Ints:
        """Shape (M,): 0 home win, 1 draw, 2 away win."""
        return (1 - np.sign(self.home_goals - self.away_goals)).astype(np.int64)

    def of_season(self, starts_in: int) -> Results:
        """Return the matches of one season, with the same teams."""
        rows = self.season == starts_in
        return replace(
            self,
            home=self.home[rows],
            away=self.away[rows],
            home_goals=self.home_goals[rows],
            away_goals=self.away_goals[rows],
            day=self.day[rows],
            season=self.season[rows],
            counts=self.counts[rows],
            division=self.division[rows],
        )

    def week(self) -> Ints:
        """Shape (M,): number of the calendar week (Monday to Sunday, UTC); 1970-01-01, a Thursday, lies in week 0."""
        return np.asarray((self.day + 3) // 7, dtype=np.int64)

    def digest(self) -> str:
        """Return 32 hex digits that identify these matches and their counts: the same numbers give the same digest."""
        teams = np.array(self.team_ids, dtype=np.int64)
        arrays = (teams[self.home], teams[self.away], self.day, self.season, self.division, self.counts)
        digest = hashlib.sha256()
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:32]

    def newcomers(self) -> Bools:
        """Shape (T,): teams of the last season that play in no earlier one, such as promoted teams."""
        last = int(self.season.max(initial=0))
        earlier = self.season < last
        if not earlier.any():
            return np.zeros(len(self.team_ids), dtype=bool)
        seen = np.zeros(len(self.team_ids), dtype=bool)
        seen[self.home[earlier]] = True
        seen[self.away[earlier]] = True
        return ~seen


def to_days(time: datetime) -> float:
    """Convert to days since 1970-01-01 UTC, with fraction."""
    return time.timestamp() / _SECONDS_PER_DAY


def sort_by_kick_off(scores: Iterable[FinalScore]) -> list[FinalScore]:
    """Sort by kick-off, then by match id, so that the order of arrival never matters."""
    return sorted(scores, key=lambda score: (score.starts_at, score.match_id))


def to_arrays(scores: Iterable[FinalScore]) -> Results:
    """Sort by kick-off and convert to arrays."""
    ordered = sort_by_kick_off(scores)
    team_ids = tuple(sorted({team for score in ordered for team in (score.home_id, score.away_id)}))
    index = {team_id: n for n, team_id in enumerate(team_ids)}
    return Results(
        team_ids=team_ids,
        home=np.array([index[s.home_id] for s in ordered], dtype=np.int64),
        away=np.array([index[s.away_id] for s in ordered], dtype=np.int64),
        home_goals=np.array([s.home_goals for s in ordered], dtype=np.float64),
        away_goals=np.array([s.away_goals for s in ordered], dtype=np.float64),
        day=np.array([to_days(s.starts_at) for s in ordered], dtype=np.float64),
        season=np.array([s.season_starts_in for s in ordered], dtype=np.int64),
        counts=np.array(
            [((s.home_goals, s.away_goals), s.on_target, s.shots, s.corners) for s in ordered], dtype=np.float64
        )
        .reshape(len(ordered), len(SIGNALS), 2)
        .transpose(0, 2, 1),
        division=np.zeros(len(ordered), dtype=np.int64),
    )
