"""Dependencies of a worker: the queue of record, the quarantine, the source, the archive and the event log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from functions.scrape_league.jobs.model import KnownList, KnownMatch, Sizes, SliceState, StalledJobs
from functions.scrape_league.jobs.units import Chunk, ChunkResult, ProfileState
from functions.scrape_league.quarantine.model import Waivers
from functions.scrape_league.raw.archive import Archive
from functions.scrape_league.source.guard import SourceGuard
from shared.domain.football.records import Record
from shared.ports.clock import Clock
from shared.ports.collection import Pages
from shared.ports.log import NewEntry


class Queue(StalledJobs, Protocol):
    """The queue of record, as workers use it."""

    def claim(self, job_id: str, *, owner: str, prefer: str, sizes: Sizes, at_most: int) -> Chunk | None:
        """Lease the next units to `owner`; None if no unit is free."""

    def count_pending(self, job_id: str) -> int:
        """Return how many units of the job have not ended."""

    def renew(self, owners: Sequence[str]) -> None:
        """Renew the leases of these owners."""

    def release(self, chunk: Chunk, *, wait_s: float, fault: str = "") -> None:
        """Return the units of a chunk undone; the job shows the fault until a chunk succeeds."""

    def commit(self, chunk: Chunk, result: ChunkResult) -> str:
        """Store the result of a chunk, all or nothing; return the state of the job afterwards."""

    def get_lists(self, league_id: int, season_id: int) -> list[KnownList]:
        """Return the lists of a season that were read."""

    def get_season_matches(self, league_id: int, season_id: int) -> list[KnownMatch]:
        """Return the matches of a season."""

    def get_matches(self, ids: Sequence[int]) -> dict[int, KnownMatch]:
        """Return known matches by id."""

    def get_slices(self, ids: Sequence[int]) -> dict[int, dict[str, SliceState]]:
        """Return the states of the slices of matches, by match and slice."""

    def get_profiles(self, ids: Sequence[int]) -> dict[int, ProfileState]:
        """Return the states of players' profiles that were requested before."""


class BatchLog(Protocol):
    """The event log to which batches are published."""

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Return once all entries are durable; raise `Unavailable` otherwise (some may be stored then)."""


class EncodedBatch(Protocol):
    """Records of one kind as an Arrow stream that fits into one event."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""

    @property
    def arrow(self) -> bytes:
        """The Arrow stream."""


Encoder = Callable[[str, Sequence[Record]], Sequence[EncodedBatch]]
"""Encodes records of one kind as batches."""


class Runtime(Protocol):
    """The worker process, as a chunk sees it."""

    def pause(self, wait_s: float) -> bool:
        """Wait; return False if the worker is to stop."""

    def on_lease_change(self, owner: str, is_leased: bool) -> None:
        """Record that a lease begins or ends, so that the heartbeat renews it in between."""

    def dispatch(self, job_id: str, kind: str, n: int) -> None:
        """Call `n` more workers to a job; a failure is ignored, because the heartbeat retries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Dependencies of a worker."""

    queue: Queue
    quarantine: Waivers
    guard: SourceGuard
    pages: Pages
    archive: Archive
    log: BatchLog
    encode: Encoder
    clock: Clock
    runtime: Runtime
    rate_per_s: float


class StopRequested(Exception):
    """The worker is to stop; it returns the chunk undone."""
