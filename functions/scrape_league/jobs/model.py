"""Jobs, their progress, what the collector knows of matches, lists and players, and the ports of the queue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

CRON = "cron"
"""The requester of scheduled jobs; other requesters are user ids."""

REQUESTS_KEPT = timedelta(days=1)
JOBS_KEPT = timedelta(days=30)
"""After their end: a schedule opens some 40 jobs a day with up to thousands of units each."""
"""How long an Idempotency-Key leads to its job; after that the key is forgotten and may be used again."""


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
    """Status, score and winner (`policy.result_of`); empty where they were not loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlayer:
    """A player, and the season in which a line-up named him first."""

    player_id: int
    league_id: int
    season_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownList:
    """A list of the source that was read in full, or that the source does not have."""

    path: str
    ref: str
    etag: str
    read_at: datetime
    last_modified: str = ""
    confirmations: int = 0
    """Number of times the source answered 404, first at `read_at`; the absence is definitive from two on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceState:
    """State of one slice of one match."""

    match_id: int
    slice: str
    outcome: str
    """present, absent or failed."""
    confirmations: int
    attempts: int
    version: int
    reason: str = ""
    read_at: datetime | None = None
    """Time of the outcome; of an absence, the time of its first 404."""
    asked_at: datetime | None = None
    """Time of the last request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Sizes of chunks and bursts."""

    rounds_per_chunk: int
    matches_per_chunk: int
    burst: int
    """Requests sent together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A request to collect leagues and seasons, or only certain matches and players."""

    leagues: tuple[str, ...]
    seasons: tuple[str, ...]
    refresh: bool = False
    """Read again what is complete as well."""
    matches: tuple[KnownMatch, ...] = ()
    """Read only the slices of these matches, and no lists."""
    players: tuple[KnownPlayer, ...] = ()
    """Read only the profiles of these players."""

    @property
    def digest(self) -> str:
        """Digest that is equal for requests of the same job, in whatever order they name it."""
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
    """Number of units of one league, kind and state."""

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
    """A unit that has failed or was quarantined."""

    kind: str
    league_id: int
    season_id: int
    ref: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Progress of a job."""

    units: list[UnitCount]
    matches: list[MatchCount]
    matches_per_s: float
    faults: list[Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class StalledJob:
    """A running job with unclaimed units."""

    job_id: str
    n_free: int
    n_working: int


class StalledJobs(Protocol):
    """The running jobs that nobody works on."""

    def list_stalled(self, quiet_s: float) -> list[StalledJob]:
        """Return running jobs with unclaimed units, not dispatched within `quiet_s`; end jobs without pending units."""

    def mark_dispatched(self, job_id: str, quiet_s: float) -> bool:
        """Record a dispatch; False if another process has dispatched the job within `quiet_s`."""


class Jobs(StalledJobs, Protocol):
    """The queue of jobs, as the HTTP function uses it."""

    def open_job(self, request: JobRequest, requested_by: str, key: str, *, task: str = "") -> str:
        """Open a job, unless one of the same request, or of the same `task`, runs already; return the id of the job.

        The same `key` of the same requester leads to the same job.

        Raises
        ------
        Conflict : the key was used for another request.
        """

    def get_job(self, job_id: str) -> Job:
        """Return a job, or raise `NotFound`."""

    def list_jobs(self, after: tuple[datetime, str] | None, limit: int) -> list[Job]:
        """Return jobs, the newest first, after a position."""

    def get_progress(self, job_id: str) -> Progress:
        """Return the progress of a job."""

    def is_running(self, task: str) -> bool:
        """Tell whether a job of this scheduled task has not ended."""

    def leagues_in_progress(self) -> set[int]:
        """Return the leagues whose lists a running job has yet to read."""

    def get_lists(self, league_id: int, season_id: int) -> list[KnownList]:
        """Return the lists of a season; season 0 holds the lists of the league itself."""

    def get_season_matches(self, league_id: int, season_id: int) -> list[KnownMatch]:
        """Return the matches of a season."""

    def get_newest_seasons(self, league_ids: Sequence[int]) -> dict[int, int]:
        """Return the newest known season by league."""

    def list_due_matches(self, now: datetime) -> list[KnownMatch]:
        """Return finished matches that lack a slice and may be tried now, or that may have been corrected."""

    def list_due_players(self, now: datetime, limit: int) -> list[KnownPlayer]:
        """Return players whose profiles were never read, or long ago."""

    def forget_requests(self) -> int:
        """Delete Idempotency-Keys older than `REQUESTS_KEPT`; return how many."""

    def forget_jobs(self, limit: int) -> int:
        """Delete at most `limit` jobs that ended more than `JOBS_KEPT` ago; return how many."""


class Dispatcher(Protocol):
    """Calls workers to a job."""

    def __call__(self, job_id: str, kind: str, n: int) -> None:
        """Send `n` messages; raises `Unavailable` if the broker does not answer."""
