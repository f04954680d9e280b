"""Take reports of errors, group them into issues, and let operators decide about those."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from functions.errors.ports import Deps, Issue
from shared.domain.error_reports import grouping
from shared.domain.error_reports.envelope import parse_envelope
from shared.domain.error_reports.issues import IssueState, IssueStatus
from shared.domain.error_reports.report import parse_report
from shared.errors import InvalidInput, Unavailable
from shared.events.envelope import Event
from shared.events.ticks import task_of
from shared.security import access
from shared.security.tokens import Caller

_log = logging.getLogger(__name__)
IDS_KEPT = timedelta(days=2)
"""The time within which an event that is sent again is told from a new one."""
_EVENT = "event"
_TASKS = ("forget",)


def receive(envelope: bytes, deps: Deps) -> str:
    """Record the events of an envelope; the id of the last. Items of other types are skipped, as the protocol asks.

    Raises
    ------
    InvalidInput : it is no envelope, or an event in it is none.
    """
    now, event_id = deps.clock.now(), ""
    for item in parse_envelope(envelope).items:
        if item.type == _EVENT:
            event_id = _record(item.payload, now, deps)
    return event_id


def list_issues(
    caller: Caller, *, state: str, function: str, before: tuple[datetime, int] | None, limit: int, deps: Deps
) -> Sequence[Issue]:
    """Return issues, the one that happened last first."""
    access.require_operator(caller)
    return deps.issues.list(state=state, function=function, before=before, limit=limit)


def show_issue(caller: Caller, issue_id: int, deps: Deps) -> tuple[Issue, Mapping[str, Any]]:
    """Return an issue and its last event."""
    access.require_operator(caller)
    return deps.issues.find(issue_id), deps.issues.last_event(issue_id)


def list_events(caller: Caller, issue_id: int, *, limit: int, deps: Deps) -> Sequence[Mapping[str, Any]]:
    """Return the newest events of an issue."""
    access.require_operator(caller)
    deps.issues.find(issue_id)
    return deps.events.list(issue_id, limit=limit)


def set_status(caller: Caller, issue_id: int, status: IssueStatus, note: str, deps: Deps) -> Issue:
    """Resolve an issue, mute it until a moment, or open it again.

    Raises
    ------
    InvalidInput : a moment of the past, or a condition that does not belong to the state.
    """
    access.require_operator(caller)
    now = deps.clock.now()
    faults = {}
    if status.muted_until is not None and (status.state is not IssueState.MUTED or status.muted_until <= now):
        faults["muted_until"] = "goes with the state muted, and lies in the future"
    if status.resolved_in and status.state is not IssueState.RESOLVED:
        faults["resolved_in"] = "goes with the state resolved"
    if faults:
        raise InvalidInput("the state does not fit", errors=faults)
    return deps.issues.set_status(issue_id, status, note=note, by=caller.user_id, now=now)


def tick(event: Event, deps: Deps) -> None:
    """Forget ids of events that were counted long ago."""
    task_of(event, _TASKS)
    while deps.issues.forget_event_ids(before=deps.clock.now() - IDS_KEPT):
        pass


def _record(payload: bytes, now: datetime, deps: Deps) -> str:
    report = parse_report(payload, received_at=now)
    issue_id = deps.issues.record(report, grouping.group(report), now=now)
    if issue_id is not None:
        try:
            deps.events.store(issue_id, report, title=grouping.title_of(report), now=now)
        except Unavailable as exc:
            # The issue has counted it and keeps the last event itself; the reporter could do nothing about it.
            _log.warning("event %s is not kept: %s", report.event_id, exc, extra={"action": "error_event"})
    return report.event_id
