"""Test doubles of a worker: a site in memory that answers like the stand-in, a queue of one chunk, a source guard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from functions.scrape_league.collect import worker_loop
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.jobs.model import KnownList, KnownMatch, Sizes, SliceState, StalledJob
from functions.scrape_league.jobs.units import Chunk, ChunkResult, ProfileState, Unit
from functions.scrape_league.quarantine.model import QuarantineEntry, Waiver
from functions.scrape_league.raw.archive import Archive
from functions.scrape_league.raw.model import NewRawResponse, RawResponse
from functions.scrape_league.source import endpoints
from k8s.local.standin.site.clock import DEFAULT_NOW, SiteClock, parse_instant
from k8s.local.standin.site.json_interface import JsonInterface
from k8s.local.standin.world.simulated_world import SimulatedWorld
from shared.adapters.memory.event_log import MemoryLog
from shared.domain.collection.circuit import Circuit, Slot, block, record_outcomes
from shared.domain.football.records import Record
from shared.domain.sofascore import Outcome
from shared.errors import Blocked, NotFound, SourceSilent, TouchlineError
from shared.ports.collection import PageRequest, PageResponse
from shared.testing.clock import HandClock
from shared.testing.memory_objects import MemoryObjects

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RUSSIA = 203


class MemorySite:
    """`Pages` over the stand-in's own responses; `instead` replaces the responses of single paths."""

    def __init__(self) -> None:
        self.clock = SiteClock(parse_instant(DEFAULT_NOW))
        self._interface = JsonInterface(SimulatedWorld(1), self.clock, 1)
        self.instead: dict[str, PageResponse | Callable[[PageRequest], PageResponse]] = {}
        self.trouble: TouchlineError | None = None
        self.requests: Counter[str] = Counter()

    def fetch_many(self, requests: Sequence[PageRequest]) -> list[PageResponse]:
        """Return a response per request."""
        self.requests.update(request.path for request in requests)
        if self.trouble is not None:
            raise self.trouble
        return [self._respond(request) for request in requests]

    def close(self) -> None:
        """Do nothing: no browser is open."""

    def _respond(self, request: PageRequest) -> PageResponse:
        instead = self.instead.get(request.path)
        if instead is not None:
            return instead if isinstance(instead, PageResponse) else instead(request)
        served = self._interface.get(request.path.removeprefix("/api/v1"))
        if served.status == 200 and request.etag == served.etag:
            return PageResponse(status=304, etag=served.etag)
        return PageResponse(
            status=served.status, text=served.body.decode(), etag=served.etag if served.status == 200 else ""
        )


class SingleChunkQueue:
    """A queue of one chunk, which records its result."""

    def __init__(self, *units: Unit, refresh: bool = False, seasons: tuple[str, ...] = ("previous",)) -> None:
        self._chunk: Chunk | None = Chunk(
            job_id="job", owner="owner", is_manual=True, seasons=seasons, refresh=refresh, units=units
        )
        self.result = ChunkResult()
        self.released: list[str] = []
        self.known_lists: list[KnownList] = []
        self.known_matches: dict[int, KnownMatch] = {}
        self.known_slices: dict[int, dict[str, SliceState]] = {}
        self.known_profiles: dict[int, ProfileState] = {}

    def claim(self, job_id: str, *, owner: str, prefer: str, sizes: Sizes, at_most: int) -> Chunk | None:
        chunk, self._chunk = self._chunk, None
        return chunk

    def count_pending(self, job_id: str) -> int:
        return 1

    def renew(self, owners: Sequence[str]) -> None:
        """Do nothing: the lease of the chunk does not run out."""

    def list_stalled(self, quiet_s: float) -> list[StalledJob]:
        return []

    def mark_dispatched(self, job_id: str, quiet_s: float) -> bool:
        return False

    def release(self, chunk: Chunk, *, wait_s: float, fault: str = "") -> None:
        self.released.append(fault)

    def commit(self, chunk: Chunk, result: ChunkResult) -> str:
        self.result = result
        return "running"

    def get_lists(self, league_id: int, season_id: int) -> list[KnownList]:
        return self.known_lists

    def get_season_matches(self, league_id: int, season_id: int) -> list[KnownMatch]:
        return [match for match in self.known_matches.values() if match.season_id == season_id]

    def get_matches(self, ids: Sequence[int]) -> dict[int, KnownMatch]:
        return {match_id: self.known_matches[match_id] for match_id in ids if match_id in self.known_matches}

    def get_slices(self, ids: Sequence[int]) -> dict[int, dict[str, SliceState]]:
        return {match_id: self.known_slices[match_id] for match_id in ids if match_id in self.known_slices}

    def get_profiles(self, ids: Sequence[int]) -> dict[int, ProfileState]:
        return {player_id: self.known_profiles[player_id] for player_id in ids if player_id in self.known_profiles}


class MemoryWaivers:
    """A quarantine that waives the same rules for every subject."""

    def __init__(self, waivers: Set[Waiver]) -> None:
        self._waivers = set(waivers)

    def get_waivers(self, kind: str, season_id: int, refs: Sequence[str] | None) -> dict[str, set[Waiver]]:
        return dict.fromkeys(refs or (), self._waivers)

    def get_entry(self, entry_id: int) -> QuarantineEntry:
        raise NotFound(f"entry {entry_id}")


class RecordedPauses:
    """A runtime that never waits; it records the pauses."""

    def __init__(self) -> None:
        self.waits_s: list[float] = []

    def pause(self, wait_s: float) -> bool:
        if wait_s:
            self.waits_s.append(wait_s)
        return True

    def on_lease_change(self, owner: str, is_leased: bool) -> None:
        """Do nothing: the leases of a queue in memory do not run out."""

    def dispatch(self, job_id: str, kind: str, n: int) -> None:
        """Do nothing: there are no other workers."""


class MemorySourceGuard:
    """A source guard in memory without a rate limit; records slots and pauses."""

    def __init__(self) -> None:
        self.circuit = Circuit()
        self.spans_s: list[float] = []
        self.retry_after_s: list[float] = []
        self.waits_s: list[float] = []
        self.n_stale = 0
        self.resumed_epoch = 0

    def acquire_slot(self, span_s: float) -> Slot:
        if self.circuit.blocked_at is not None:
            raise Blocked(self.circuit.blocked_reason)
        if self.circuit.opened_until is not None and self.circuit.opened_until > NOW:
            raise SourceSilent("resting")
        self.spans_s.append(span_s)
        wait_s = self.waits_s.pop(0) if self.waits_s else 0.0
        return Slot(
            wait_s=wait_s,
            epoch=len(self.spans_s),
            is_probe=self.circuit.opened_until is not None,
            counts_successes=self.circuit.counts_successes,
        )

    def is_valid(self, slot: Slot) -> bool:
        self.n_stale -= 1
        return self.n_stale < 0

    def record_outcomes(self, slot: Slot, outcomes: Sequence[Outcome], *, retry_after_s: float = 0.0) -> Circuit:
        self.retry_after_s.append(retry_after_s)
        self.circuit = record_outcomes(self.circuit, outcomes, NOW, retry_after_s=retry_after_s, is_probe=slot.is_probe)
        return self.circuit

    def block(self, slot: Slot, reason: str) -> Circuit:
        if slot.epoch < self.resumed_epoch:
            return self.circuit
        self.circuit = block(self.circuit, reason, NOW)
        return self.circuit


@dataclass(frozen=True)
class PlainBatch:
    """A batch that is not encoded."""

    n_rows: int
    arrow: bytes


class MemoryIndex:
    """An index of raw responses in a list."""

    def __init__(self) -> None:
        self.responses: list[RawResponse] = []

    def add(self, responses: Sequence[NewRawResponse]) -> list[int]:
        first = len(self.responses) + 1
        self.responses += [RawResponse(id=first + i, **asdict(response)) for i, response in enumerate(responses)]
        return list(range(first, len(self.responses) + 1))

    def find_newest(self, paths: Sequence[str]) -> dict[str, RawResponse]:
        return {raw.path: raw for raw in self.responses if raw.path in paths and raw.status == 200}

    def find(self, ids: Sequence[int]) -> list[RawResponse]:
        return [raw for raw in self.responses if raw.id in ids]


class WorkerHarness:
    """The dependencies of a worker, in memory; `records` are those that were published."""

    def __init__(
        self,
        queue: Any,
        site: MemorySite | None = None,
        *,
        rate_per_s: float = 0,
        archive: Archive | None = None,
        waivers: Set[Waiver] = frozenset(),
    ) -> None:
        self.site = site or MemorySite()
        self.queue = queue
        self.objects, self.index = MemoryObjects(), MemoryIndex()
        self.archive = archive or Archive(self.objects, self.index, HandClock(NOW))
        self.log = MemoryLog()
        self.log.ensure_topic("touchline.football.scraped", partitions=1)
        self.records: list[Record] = []
        self.runtime = RecordedPauses()
        self.guard = MemorySourceGuard()
        self.deps = Deps(
            queue=queue,
            quarantine=MemoryWaivers(waivers),
            guard=self.guard,
            pages=self.site,
            archive=self.archive,
            log=self.log,
            encode=self._encode,
            clock=HandClock(NOW),
            runtime=self.runtime,
            rate_per_s=rate_per_s,
        )

    def run(self) -> None:
        """Work until the queue is empty."""
        worker_loop.work("job", "plan", self.deps)

    def kinds(self) -> Counter[str]:
        """Return the number of published records by kind."""
        return Counter(record.TABLE for record in self.records)

    def _encode(self, kind: str, records: Sequence[Record]) -> Sequence[PlainBatch]:
        self.records += records
        return [PlainBatch(len(records), repr(records).encode()[:900_000])]


def unit(kind: str, ref: str, *, season_id: int = 0, attempts: int = 0, reason: str = "", number: int = 1) -> Unit:
    """Return a claimed unit of the Russian league."""
    return Unit(
        id=number,
        kind=kind,
        league_id=RUSSIA,
        season_id=season_id,
        ref=ref,
        attempts=attempts,
        reason=reason,
        version=0,
    )


def listed_round(number: int = 1) -> tuple[MemorySite, list[KnownMatch]]:
    """Return a site, and the matches of one round of its previous Russian season as the collector knows them."""
    site = MemorySite()
    planning = SingleChunkQueue(unit("plan", "seasons"))
    WorkerHarness(planning, site).run()
    season_id = planning.result.new_units[0].season_id
    reading = SingleChunkQueue(unit("round", f"round/{number}", season_id=season_id))
    WorkerHarness(reading, site).run()
    return site, reading.result.matches


def match_queue(
    match: KnownMatch, *, known: dict[str, SliceState] | None = None, **unit_fields: Any
) -> SingleChunkQueue:
    """Return a queue with the unit of one match."""
    queue = SingleChunkQueue(unit("match", str(match.match_id), season_id=match.season_id, **unit_fields))
    queue.known_matches = {match.match_id: match}
    queue.known_slices = {match.match_id: known or {}}
    return queue


def path(match: KnownMatch, part: endpoints.Slice) -> str:
    """Return the path of a slice of a match."""
    return endpoints.SLICE_PATHS[part].format(id=match.match_id)
