"""The ports of collect-archives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.archives.open_data import ArchiveFile
from shared.domain.collection.circuit import Circuit
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import Tokens

if TYPE_CHECKING:
    from shared.adapters.sources.delivery import Delivery
    from shared.adapters.sources.downloads import Reader
    from shared.domain.accounts.audit import Actor
    from shared.domain.catalogue.competitions import Competition


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedFile:
    """A file that this process reads now."""

    source: str
    address: str
    kind: str
    league: str
    starts_in: int
    n_failures: int
    """In a row, until now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """How a reading ended."""

    state: str
    """fresh, missing, refused or failing."""
    due_at: datetime
    n_failures: int = 0
    fault: str = ""


@dataclass(slots=True)
class Run:
    """What one run did."""

    n_read: int = 0
    n_new: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    """By address or source."""


class ArchiveFiles(Protocol):
    """The files of archives, when each is due and how it went."""

    def sync(self, files: Sequence[ArchiveFile]) -> None:
        """Keep these files and no others."""

    def claim(self, source: str, *, owner: str, now: datetime, lease_s: float) -> ClaimedFile | None:
        """Take the next due file of a source; None without one, or while another process reads the source."""

    def finish(self, file: ClaimedFile, result: FileResult, *, now: datetime) -> None:
        """Record how a reading ended and let go of the file."""

    def record_content(
        self,
        file: ClaimedFile,
        *,
        n_matches: int,
        findings: Sequence[Mapping[str, Any]],
        n_findings: int,
        now: datetime,
    ) -> None:
        """Record what a new edition holds and what is odd in it."""

    def release(self, owner: str) -> None:
        """Let go of all files of a process."""

    def make_due(self, source: str, *, now: datetime) -> int:
        """Make every file of a source (of all: empty) due at once; return how many."""

    def list_files(self, source: str, after: tuple[str, str], limit: int) -> list[dict[str, Any]]:
        """Return files by source and address."""

    def summary(self, now: datetime) -> list[dict[str, Any]]:
        """Return counts by source."""


class Guard(Protocol):
    """Whether a source may be asked; operators read and resume it."""

    def read(self) -> Circuit:
        """Return the state of the circuit."""

    def resume(self, by: Actor, reason: str, *, now: datetime) -> list[str]:
        """Close the circuit and record who did it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Ports of the use cases."""

    files: ArchiveFiles
    bases: Mapping[str, str]
    """Address by source that is kept fresh."""
    leagues: Sequence[Competition]
    n_seasons: int
    reader: Callable[[str], Reader]
    """Opens a reader of a source that asks at its pace; closed by who opened it."""
    delivery: Callable[[], Delivery]
    """Opens a way to the tables."""
    read_some: Callable[[str, Run, float, Deps], bool]
    """Reads some due files of a source until a moment of `monotonic_s`; returns whether there may be more."""
    guard: Callable[[str], Guard]
    tokens: Tokens
    clock: Clock
    monotonic_s: Callable[[], float]
    owner: str
    """Of this process, in leases."""
    probes: Probes = field(default_factory=dict)
