"""Errors, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from functions.errors.edge import IssuesPage, StateChange
from shared.web.openapi import JSON, OPERATOR, Operation, event_operation, ok


class Received(BaseModel):
    """The id of the last event of the envelope; empty where it held none."""

    id: str


class IssueShown(BaseModel):
    """Errors of one kind; `grouped_by` says what was the same in all of them."""

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


class IssueDetail(IssueShown):
    """An issue with the event that came last: exceptions with their calls, tags, trace."""

    last_event: dict[str, Any]


class IssuesShown(BaseModel):
    """A page, the issue that happened last first."""

    items: list[IssueShown]
    next: str | None


class EventShown(BaseModel):
    """One event of an issue."""

    event_id: str
    occurred_at: datetime
    received_at: datetime
    level: str
    title: str
    function: str
    revision: str
    trace: str
    transaction: str
    event: dict[str, Any]


class EventsShown(BaseModel):
    """The newest events, the last first."""

    items: list[EventShown]


OPERATIONS = {
    "receive": Operation(
        summary="Take an envelope of a Sentry SDK; the key comes in X-Sentry-Auth, sentry_key or the envelope's dsn",
        body={"application/x-sentry-envelope": str},
        responses=ok(Received),
        error_statuses=(403, 413),
    ),
    "list_issues": Operation(
        summary="Issues, the one that happened last first",
        access=OPERATOR,
        query=IssuesPage,
        responses=ok(IssuesShown),
    ),
    "show_issue": Operation(summary="An issue with its last event", access=OPERATOR, responses=ok(IssueDetail)),
    "list_events": Operation(summary="The newest events of an issue", access=OPERATOR, responses=ok(EventsShown)),
    "set_status": Operation(
        summary="Resolve an issue, mute it until a moment, or open it again",
        access=OPERATOR,
        body={JSON: StateChange},
        responses=ok(IssueShown),
    ),
    "tick": event_operation("dev.knative.sources.ping", "Forget ids of events that were counted long ago"),
}
