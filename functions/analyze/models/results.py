"""Final scores as arrays: what every model of this function is fitted on."""

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
"""What is counted of each side: goals of 90 minutes, shots on target, all shots, corner kicks."""


_SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Matches in order of kick-off (M of them, T teams).

    `home`, `away` : shape (M,), index into `team_ids`.
    `home_goals`, `away_goals` : shape (M,), goals after 90 minutes.
    `day` : shape (M,), days since 1970-01-01 UTC, with fraction.
    `season` : shape (M,), calendar year in which the match's season starts.
    `counts` : shape (M, 2, 4), what `SIGNALS` counts of home and away side, NaN where it was not counted.
    `division` : shape (M,), 0 the highest of the country; a league alone is 0 throughout.
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
        """Team id to position."""
        return {team_id: position for position, team_id in enumerate(self.team_ids)}

    def outcome(self) -> Ints:
        """Shape (M,): 0 home win, 1 draw, 2 away win."""
        return (1 - np.sign(self.home_goals - self.away_goals)).astype(np.int64)

    def of_season(self, starts_in: int) -> Results:
        """The matches of one season, among the same teams."""
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
        """Shape (M,): calendar weeks (Monday to Sunday, UTC) since the first days of 1970, which were a Thursday's."""
        return np.asarray((self.day + 3) // 7, dtype=np.int64)

    def digest(self) -> str:
        """Names these matches and all that is counted of them: 32 hex digits, the same for the same numbers."""
        teams = np.array(self.team_ids, dtype=np.int64)
        told = (teams[self.home], teams[self.away], self.day, self.season, self.division, self.counts)
        digest = hashlib.sha256()
        for array in told:
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:32]

    def newcomers(self) -> Bools:
        """Shape (T,): teams of the last season that no earlier season of these results has (promoted ones)."""
        last = int(self.season.max(initial=0))
        earlier = self.season < last
        if not earlier.any():
            return np.zeros(len(self.team_ids), dtype=bool)
        seen = np.zeros(len(self.team_ids), dtype=bool)
        seen[self.home[earlier]] = True
        seen[self.away[earlier]] = True
        return ~seen


def days(time: datetime) -> float:
    """Days since 1970-01-01 UTC, with fraction."""
    return time.timestamp() / _SECONDS_PER_DAY


def in_order(scores: Iterable[FinalScore]) -> list[FinalScore]:
    """By kick-off, ties by match id, so that the order of arrival never matters."""
    return sorted(scores, key=lambda score: (score.starts_at, score.match_id))


def arrange(scores: Iterable[FinalScore]) -> Results:
    """Sort as `in_order` does and turn into arrays."""
    ordered = in_order(scores)
    team_ids = tuple(sorted({team for score in ordered for team in (score.home_id, score.away_id)}))
    position = {team_id: place for place, team_id in enumerate(team_ids)}
    return Results(
        team_ids=team_ids,
        home=np.array([position[s.home_id] for s in ordered], dtype=np.int64),
        away=np.array([position[s.away_id] for s in ordered], dtype=np.int64),
        home_goals=np.array([s.home_goals for s in ordered], dtype=np.float64),
        away_goals=np.array([s.away_goals for s in ordered], dtype=np.float64),
        day=np.array([days(s.starts_at) for s in ordered], dtype=np.float64),
        season=np.array([s.season_starts_in for s in ordered], dtype=np.int64),
        counts=np.array(
            [((s.home_goals, s.away_goals), s.on_target, s.shots, s.corners) for s in ordered], dtype=np.float64
        )
        .reshape(len(ordered), len(SIGNALS), 2)
        .transpose(0, 2, 1),
        division=np.zeros(len(ordered), dtype=np.int64),
    )
