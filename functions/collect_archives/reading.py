"""Reads due files of an archive in turn, loads what is new, and records what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from functions.collect_archives import schedule
from functions.collect_archives.ports import ClaimedFile, Deps, FileResult, Run
from shared.errors import Blocked, InvalidInput, NotFound, SourceSilent, TooLarge, Unavailable
from shared.ports.collection import Document, Source

if TYPE_CHECKING:
    from shared.adapters.sources.loading import Loaded
    from shared.domain.archives.report import Finding, Report
    from shared.domain.archives.seasons import Season

LEASE_S = 300.0
DOCUMENTS_PER_LOAD = 20
KEPT_FINDINGS = 100


def read_some(source: str, run: Run, deadline_s: float, deps: Deps) -> bool:
    """Read some due files of a source and load what is new; return whether there may be more."""
    from shared.adapters import sources
    from shared.adapters.sources import loading

    reading = _Reading(source=source, deadline_s=deadline_s, deps=deps, run=run)
    wanted = _OfLeagues(sources.source(source), frozenset(league.league_id for league in deps.leagues))
    try:
        loaded = loading.load(wanted, reading.documents(), deps.delivery())
    finally:
        reading.close()
    for address, file in reading.claimed.items():
        _record(address, file, loaded, wanted, run, deps)
    return not reading.ended


@dataclass(slots=True, kw_only=True)
class _Reading:
    """Reads due files of one source, in turn."""

    source: str
    deadline_s: float
    deps: Deps
    run: Run
    claimed: dict[str, ClaimedFile] = field(default_factory=dict)
    """Files whose new content is being loaded."""
    ended: bool = False
    """Nothing is due, or the source may not be asked now."""
    _reader: Any = None

    def documents(self) -> Iterator[Document]:
        """Yield new editions until the time is over or enough are gathered."""
        self._reader = self.deps.reader(self.source)
        while len(self.claimed) < DOCUMENTS_PER_LOAD:
            if self.deps.monotonic_s() >= self.deadline_s or (file := self._claim()) is None:
                self.ended = True
                return
            try:
                document = self._read(file)
            except (Blocked, SourceSilent) as exc:
                self.run.faults[self.source], self.ended = str(exc), True
                return
            if document is not None:
                self.claimed[file.address] = file
                # Editions count in the order in which they were read, whatever a server says of its files' age.
                yield replace(document, version=int(self.deps.clock.now().timestamp() * 1000))

    def close(self) -> None:
        """Release the connection."""
        if self._reader is not None:
            self._reader.close()

    def _claim(self) -> ClaimedFile | None:
        now = self.deps.clock.now()
        return self.deps.files.claim(self.source, owner=self.deps.owner, now=now, lease_s=LEASE_S)

    def _read(self, file: ClaimedFile) -> Document | None:
        """Return a new edition; whatever else comes of the file is recorded."""
        self.run.n_read += 1
        try:
            document: Document | None = self._reader.read(file.address)
        except NotFound as exc:
            self._finish(file, FileResult(state="missing", due_at=schedule.next_look(self._now), fault=str(exc)))
        except (InvalidInput, TooLarge) as exc:
            self._fail(file, "refused", str(exc))
        except (Blocked, SourceSilent):
            raise
        except Unavailable as exc:
            self._fail(file, "failing", str(exc))
        else:
            if document is None:
                self._finish(file, FileResult(state="fresh", due_at=schedule.next_reading(file, self._now)))
            return document
        return None

    def _fail(self, file: ClaimedFile, state: str, fault: str) -> None:
        self.run.faults[file.address] = fault
        self._finish(file, _failure(file, state, fault, self.deps))

    def _finish(self, file: ClaimedFile, result: FileResult) -> None:
        self.deps.files.finish(file, result, now=self._now)

    @property
    def _now(self) -> Any:
        return self.deps.clock.now()


@dataclass(slots=True)
class _OfLeagues:
    """The seasons of some leagues, of a source whose files may hold more; counts their matches."""

    source: Source
    league_ids: frozenset[int]
    n_matches: dict[str, int] = field(default_factory=dict)
    """By document."""

    @property
    def name(self) -> str:
        """Of the source."""
        return self.source.name

    @property
    def in_bulk(self) -> bool:
        """As the source."""
        return self.source.in_bulk

    def read(self, document: Document, report: Report) -> Iterator[Season]:
        """Yield the wanted seasons of a document."""
        self.n_matches[document.name] = 0
        for season in self.source.read(document, report):
            if season.key.league_id in self.league_ids:
                self.n_matches[document.name] += len(season.matches)
                yield season


def _record(address: str, file: ClaimedFile, loaded: Loaded, wanted: _OfLeagues, run: Run, deps: Deps) -> None:
    """Record what became of a new edition."""
    now = deps.clock.now()
    if fault := loaded.refused.get(address):
        run.faults[address] = fault
        deps.files.finish(file, _failure(file, "refused", fault, deps), now=now)
        return
    if loaded.not_stored:
        fault = "was sent, but did not arrive in the tables"
        deps.files.finish(file, _failure(file, "failing", fault, deps), now=now)
        return
    findings = [finding for finding in loaded.report.findings() if finding.document == address]
    run.n_new += 1
    deps.files.record_content(
        file,
        n_matches=wanted.n_matches.get(address, 0),
        findings=[_finding_to_json(finding) for finding in findings[:KEPT_FINDINGS]],
        n_findings=len(findings),
        now=now,
    )
    deps.files.finish(file, FileResult(state="fresh", due_at=schedule.next_reading(file, now)), now=now)


def _failure(file: ClaimedFile, state: str, fault: str, deps: Deps) -> FileResult:
    n_failures = file.n_failures + 1
    due_at = schedule.next_try(n_failures, deps.clock.now())
    return FileResult(state=state, due_at=due_at, n_failures=n_failures, fault=fault[:500])


def _finding_to_json(finding: Finding) -> dict[str, Any]:
    return {
        "what": finding.what,
        "reason": finding.reason.name.lower(),
        "done": finding.done.name.lower(),
        "rows": list(finding.rows[:20]),
        "n_rows": len(finding.rows),
    }
