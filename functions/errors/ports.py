"""What errors needs of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.domain.error_reports.grouping import Grouping
from shared.domain.error_reports.issues import IssueStatus
from shared.domain.error_reports.report import ErrorReport
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Errors of one kind."""

    id: int
    title: str
    culprit: str
    level: str
    function: str
    state: str
    resolved_in: str
    muted_until: datetime | None
    n_events: int
    n_regressions: int
    first_seen_at: datetime
    last_seen_at: datetime
    first_revision: str
    last_revision: str
    grouped_by: str
    note: str


class Issues(Protocol):
    """Issues and what changes them."""

    def record(self, report: ErrorReport, grouping: Grouping, *, now: datetime) -> int | None:
        """Count an event to its issue and publish what it changes; the issue's id, None for one counted before."""

    def list(self, *, state: str, function: str, before: tuple[datetime, int] | None, limit: int) -> Sequence[Issue]:
        """Return issues, the one that happened last first."""

    def find(self, issue_id: int) -> Issue:
        """Return an issue; `NotFound` when there is none."""

    def last_event(self, issue_id: int) -> Mapping[str, Any]:
        """Return the event that came last; `NotFound` when there is no such issue."""

    def set_status(self, issue_id: int, status: IssueStatus, *, note: str, by: str, now: datetime) -> Issue:
        """Resolve, mute or open again; `NotFound` when there is none."""

    def forget_event_ids(self, *, before: datetime) -> int:
        """Forget which events were counted before a moment; how many, 10,000 at most."""


class ErrorEvents(Protocol):
    """Single events, for a month."""

    def store(self, issue_id: int, report: ErrorReport, *, title: str, now: datetime) -> None:
        """Store an event; again is the same as once."""

    def list(self, issue_id: int, *, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return the newest events of an issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    issues: Issues
    events: ErrorEvents
    tokens: Tokens
    clock: Clock
    keys: Sequence[str]
    publish_events: Callable[[], None] | None = None
    probes: Probes = field(default_factory=dict)
