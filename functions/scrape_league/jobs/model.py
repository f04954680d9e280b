"""Jobs, their progress, and what the queue of record knows of matches, slices, lists and players."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMatch:
    """A match as the source's lists named it last."""

    match_id: int
    league_id: int
    season_id: int
    round_ref: str
    home_id: int
    away_id: int
    starts_at: datetime
    status_code: int
    finished: bool
    has_xg: bool
    has_player_statistics: bool
    version: int
    result: str = ""
    """Status, score and winner as told last (`result_of`); empty where nobody looked them up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlayer:
    """A player, and the season he was seen in first."""

    player_id: int
    league_id: int
    season_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceState:
    """What is known of one slice of one match."""

    match_id: int
    slice: str
    outcome: str
    """present, absent or failed."""
    confirmations: int
    attempts: int
    version: int
    reason: str = ""
    read_at: datetime | None = None
    """When the outcome was told; of an absence, when it was told first."""
    asked_at: datetime | None = None
    """When it was asked for last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is worked on at once."""

    rounds_per_chunk: int
    matches_per_chunk: int
    burst: int
    """Requests sent together."""


CRON = "cron"
"""Who asked when nobody did; people are named by their user id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """What is to be collected."""

    leagues: tuple[str, ...]
    seasons: tuple[str, ...]
    refresh: bool = False
    """Read again what is settled, too."""
    matches: tuple[KnownMatch, ...] = ()
    """Only the details of these; no lists are read."""
    players: tuple[KnownPlayer, ...] = ()
    """Only the profiles of these."""

    @property
    def digest(self) -> str:
        """One text per wish, whatever order it was written in."""
        ids = sorted(match.match_id for match in self.matches)
        plain = [sorted(self.leagues), sorted(self.seasons), self.refresh, bool(ids), bool(self.players)]
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as stored."""

    id: str
    requested_by: str
    leagues: list[str]
    seasons: list[str]
    refresh: bool
    state: str
    fault: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCount:
    """Units of one league, kind and state."""

    league_id: int
    kind: str
    state: str
    n: int
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCount:
    """Finished matches of a job's seasons in one league, and how many of them are complete."""

    league_id: int
    expected: int
    with_details: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A unit that failed or was held back."""

    kind: str
    league_id: int
    season_id: int
    ref: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a job stands."""

    units: list[UnitCount]
    matches: list[MatchCount]
    matches_per_s: float
    faults: list[Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class StalledJob:
    """A running job with work that nobody does."""

    job_id: str
    n_free: int
    n_working: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownList:
    """A list of the source that was read in full, or that it says it does not have."""

    path: str
    ref: str
    etag: str
    read_at: datetime
    last_modified: str = ""
    confirmations: int = 0
    """Times the source said that there is none, first at `read_at`; definitive from two on."""


class Jobs(Protocol):
    """The queue of record, as those see it who ask for work."""

    def open(self, wish: JobRequest, requested_by: str, key: str, *, task: str = "") -> str:
        """Id of a new job, of the running one that wishes the same, or of what the key led to before.

        At most one job of a `task` runs. Raises `Conflict` when the key stands for another wish."""

    def job(self, job_id: str) -> Job:
        """The job, or `NotFound`."""

    def jobs(self, after: tuple[datetime, str] | None, limit: int) -> list[Job]:
        """Jobs, newest first, after a position."""

    def progress(self, job_id: str) -> Progress:
        """Where it stands."""

    def is_running(self, task: str) -> bool:
        """Whether a job of this schedule has not ended."""

    def leagues_under_way(self) -> set[int]:
        """Leagues whose lists some job is still to read."""

    def list_stalled(self, quiet_s: float) -> list[StalledJob]:
        """Running jobs with free work, not invited within `quiet_s`; ends those that have none left."""

    def mark_dispatched(self, job_id: str, quiet_s: float) -> bool:
        """Whether it is ours to invite now."""

    def lists(self, league_id: int, season_id: int) -> list[KnownList]:
        """What was read of a season; season 0 holds the league's own lists."""

    def season_matches(self, league_id: int, season_id: int) -> list[KnownMatch]:
        """Matches of a season."""

    def newest_seasons(self, league_ids: Sequence[int]) -> dict[int, int]:
        """Newest season read, by league."""

    def due_matches(self, now: datetime) -> list[KnownMatch]:
        """Finished matches that lack a slice and may be tried (again), or may have been corrected."""

    def due_players(self, now: datetime, limit: int) -> list[KnownPlayer]:
        """Players whose profiles were never asked for, or long ago."""


class Dispatcher(Protocol):
    """Calls workers to a job."""

    def __call__(self, job_id: str, kind: str, n: int) -> None:
        """Send `n` invitations; raises `Unavailable` when the broker is silent."""
