"""Quarantine: parts of matches and lists that break a rule, with the responses that show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from shared.domain.accounts.audit import Actor
from shared.domain.catalogue.leagues import slug_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.domain.sofascore.invariants import Violation

UNREADABLE = "can_be_read"
"""The rule that no person can waive: nothing could be stored."""


class Waiver(NamedTuple):
    """A rule that a person waived for one part of one version of a match or list."""

    version: int
    part: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A part of a match, or a list, that is checked against the rules."""

    kind: str
    """match, standings, round or seasons."""
    league_id: int
    season_id: int
    ref: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineItem:
    """A subject to put into quarantine, with the rules that it breaks and the responses that show it."""

    subject: Subject
    version: int
    violations: tuple[Violation, ...]
    evidence: tuple[int, ...]
    """Ids of raw responses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineEntry:
    """A subject in quarantine."""

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
    """Ids of raw responses."""
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
    """A raw response that shows a violation, without its body."""

    id: int
    path: str
    status: int
    fetched_at: datetime
    n_bytes: int
    object: str
    """Name of the pack in the object store that holds the body."""
    index_in_pack: int
    sha256: str
    """Hex."""


class Quarantine(Protocol):
    """The quarantine, as operators use it."""

    def list_entries(self, *, state: str, league_id: int | None, after: int, limit: int) -> list[QuarantineEntry]:
        """Return entries of a state (all states if empty) and league, the oldest first, after an id."""

    def get_entry(self, entry_id: int) -> QuarantineEntry:
        """Return an entry, or raise `NotFound`."""

    def get_evidence(self, entry: QuarantineEntry) -> list[Evidence]:
        """Return the raw responses that show its violations."""

    def release(self, entry: QuarantineEntry, by: Actor, note: str, *, now: datetime) -> str:
        """Release an entry, record it in the audit trail, and open a job that stores it; return the id of the job.

        Raises
        ------
        Conflict : the entry is no longer held.
        """


class Waivers(Protocol):
    """The quarantine, as workers and rebuilds read it."""

    def get_entry(self, entry_id: int) -> QuarantineEntry:
        """Return an entry, or raise `NotFound`."""

    def get_waivers(self, kind: str, season_id: int, refs: Sequence[str] | None) -> dict[str, set[Waiver]]:
        """Return the waivers of these subjects by `ref`; of all subjects if `refs` is None."""


def to_json(entry: QuarantineEntry) -> dict[str, Any]:
    """Return an entry as callers see it."""
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
