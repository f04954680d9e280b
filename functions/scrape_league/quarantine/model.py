"""Answers that were held back, as people see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from shared.domain.accounts.audit import Actor
from shared.domain.catalogue.leagues import slug_of

if TYPE_CHECKING:
    from shared.domain.sofascore.invariants import Violation

UNREADABLE = "can_be_read"
"""The rule that nobody can let pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An answer that was held back."""

    id: int
    kind: str
    league_id: int
    season_id: int
    ref: str
    part: str
    version: int
    violations: list[dict[str, str]]
    """rule, expected, seen."""
    evidence: list[int]
    """Ids of raw answers."""
    state: str
    """held, released or resolved."""
    n_seen: int
    found_at: datetime
    seen_at: datetime
    decided_at: datetime | None
    decided_by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A kept answer, without its body."""

    id: int
    path: str
    status: int
    fetched_at: datetime
    n_bytes: int
    object: str
    """Where its body lies in the object store, with others."""
    place: int
    sha256: str
    """Hex."""


class Quarantine(Protocol):
    """Where entries are kept."""

    def entries(self, *, state: str, league_id: int | None, after: int, limit: int) -> list[Entry]:
        """Entries in a state (all when empty) and league, the oldest first, after one of them."""

    def entry(self, entry_id: int) -> Entry:
        """One of them, or `NotFound`."""

    def evidence(self, entry: Entry) -> list[Evidence]:
        """The answers that show it."""

    def release(self, entry: Entry, by: Actor, note: str, *, now: datetime) -> str:
        """Mark it released, which the audit trail keeps, and open a job that stores it; the job's id.

        `Conflict` when it is held no more."""


def shown(entry: Entry) -> dict[str, Any]:
    """An entry as callers see it."""
    return {
        "id": entry.id,
        "state": entry.state,
        "league": slug_of(entry.league_id),
        "season_id": entry.season_id,
        "kind": entry.kind,
        "ref": entry.ref,
        "part": entry.part,
        "violations": entry.violations,
        "evidence": entry.evidence,
        "times_seen": entry.n_seen,
        "found_at": entry.found_at,
        "seen_at": entry.seen_at,
        "decided_at": entry.decided_at,
        "decided_by": entry.decided_by,
        "note": entry.note,
    }


class Waiver(NamedTuple):
    """A rule that a person let pass, for one part of one version of what was read."""

    version: int
    part: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What was read and judged: one part of a match, or a list."""

    kind: str
    """match, standings, round or seasons."""
    league_id: int
    season_id: int
    ref: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineItem:
    """What is held back, with the rules it breaks and the answers that show it."""

    subject: Subject
    version: int
    violations: tuple[Violation, ...]
    evidence: tuple[int, ...]
    """Ids of raw answers."""
