"""What a worker needs of the world: the queue of record, the source's pages, the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from functions.scrape_league.jobs.model import KnownList, KnownMatch, Sizes, SliceState
from functions.scrape_league.jobs.units import Chunk, ChunkResult, ProfileState
from functions.scrape_league.quarantine.model import QuarantineEntry, Waiver
from functions.scrape_league.raw.archive import Archive
from functions.scrape_league.source.guard import SourceGuard
from shared.domain.football.records import Record
from shared.ports.clock import Clock
from shared.ports.collection import Pages
from shared.ports.log import NewEntry


class Queue(Protocol):
    """The queue of record, as workers see it."""

    def claim(self, job_id: str, *, owner: str, prefer: str, sizes: Sizes, at_most: int) -> Chunk | None:
        """The next units, leased to `owner`; None when nothing is free."""

    def n_pending(self, job_id: str) -> int:
        """Units of the job that have not ended."""

    def release(self, chunk: Chunk, *, wait_s: float, trouble: str = "") -> None:
        """Give units back untouched; the job tells the trouble until something succeeds."""

    def commit(self, chunk: Chunk, result: ChunkResult) -> str:
        """Store it all, or nothing; the job's state afterwards."""

    def lists(self, league_id: int, season_id: int) -> list[KnownList]:
        """What was read of a season."""

    def season_matches(self, league_id: int, season_id: int) -> list[KnownMatch]:
        """Matches of a season."""

    def matches(self, ids: Sequence[int]) -> dict[int, KnownMatch]:
        """Matches by id."""

    def slices(self, ids: Sequence[int]) -> dict[int, dict[str, SliceState]]:
        """What is known of their slices, by match and slice."""

    def waived(self, kind: str, season_id: int, refs: Sequence[str]) -> dict[str, set[Waiver]]:
        """Rules that a person let pass, by what was read."""

    def entry(self, entry_id: int) -> QuarantineEntry:
        """What is held back, or `NotFound`."""

    def profiles(self, ids: Sequence[int]) -> dict[int, ProfileState]:
        """What is known of players' profiles, of those that were asked for."""


class Log(Protocol):
    """Where batches go."""

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Return once all entries are durable, raise `Unavailable` otherwise (some may be stored then)."""


class Part(Protocol):
    """An encoded batch."""

    @property
    def n_rows(self) -> int:
        """Rows in it."""

    @property
    def arrow(self) -> bytes:
        """The Arrow stream."""


Encoder = Callable[[str, Sequence[Record]], Sequence[Part]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What a worker needs."""

    queue: Queue
    guard: SourceGuard
    pages: Pages
    archive: Archive
    """Keeps every body before it is read."""
    log: Log
    encode: Encoder
    """Records of one kind as batches that fit into events."""
    clock: Clock
    rate_per_s: float
    pause: Callable[[float], bool]
    """Waits; False when the worker is to stop."""
    call: Callable[[str, str, int], None] = lambda job_id, kind, n: None
    """Calls `n` more workers to a job; a silent broker is none of a chunk's business."""
    leased: Callable[[str, bool], None] = lambda owner, held: None
    """Told when a lease begins and ends, so that it is renewed meanwhile."""


class StopRequested(Exception):
    """The worker is to stop; what it holds goes back."""
