"""The envelopes errors accepts of SDKs, and how issues look outside."""

from __future__ import annotations

import hmac
import re
import zlib
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from flask import Response, request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.errors import service
from functions.errors.ports import Deps, Issue
from shared.domain.error_reports.envelope import parse_envelope
from shared.domain.error_reports.issues import IssueState, IssueStatus
from shared.errors import Forbidden, InvalidInput, TooLarge
from shared.web import callers, http, paging

ENVELOPE_BYTES_AT_MOST = 2_097_152
"""Of an envelope when it is unpacked; an event in it may have half of it."""
_KEY = re.compile(r"sentry_key=([^,\s]+)")
_EVENTS_AT_MOST = 100


class IssuesPage(BaseModel):
    """Query of a page of issues."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["", "unresolved", "resolved", "muted"] = ""
    function: str = Field(default="", max_length=100, pattern=r"^[\w.-]*$")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=300)


class StateChange(BaseModel):
    """What an operator decides: `resolved_in` names the revision with the mend, `muted_until` a moment."""

    model_config = ConfigDict(extra="forbid", strict=True)
    state: Literal["unresolved", "resolved", "muted"]
    resolved_in: str = Field(default="", max_length=100, pattern=r"^[\w.:/@+-]*$")
    muted_until: AwareDatetime | None = Field(default=None, strict=False)
    note: str = Field(default="", max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")


def receive(deps: Deps) -> Response:
    """200 with the id of the event, as SDKs expect."""
    envelope = _unpack(request.get_data())
    _check_key(envelope, deps)
    return http.json_response({"id": service.receive(envelope, deps)})


def list_issues(deps: Deps) -> Response:
    """One page, the issue that happened last first."""
    caller, page = callers.operator(deps), http.read_query(IssuesPage)
    query = page.model_dump(exclude={"cursor", "limit"})
    position = paging.decode_time_and_id(page.cursor, query=query)
    issues = service.list_issues(
        caller, state=page.state, function=page.function, before=position, limit=page.limit + 1, deps=deps
    )
    shown = issues[: page.limit]
    last = [shown[-1].last_seen_at.isoformat(), shown[-1].id] if len(issues) > page.limit else None
    return callers.private_json(
        {"items": [issue_to_json(issue) for issue in shown], "next": paging.encode(last, query=query)}
    )


def show_issue(issue_id: int, deps: Deps) -> Response:
    """An issue with its last event."""
    issue, event = service.show_issue(callers.operator(deps), issue_id, deps)
    return callers.private_json({**issue_to_json(issue), "last_event": event})


def list_events(issue_id: int, deps: Deps) -> Response:
    """The newest events of an issue, at most 100 of the last 30 days."""
    events = service.list_events(callers.operator(deps), issue_id, limit=_EVENTS_AT_MOST, deps=deps)
    return callers.private_json({"items": [dict(event) for event in events]})


def set_status(issue_id: int, deps: Deps) -> Response:
    """Resolve, mute, or open again."""
    caller, change = callers.operator(deps), http.read_body(StateChange)
    status = IssueStatus(state=IssueState(change.state), resolved_in=change.resolved_in, muted_until=change.muted_until)
    return callers.private_json(issue_to_json(service.set_status(caller, issue_id, status, change.note, deps)))


def issue_to_json(issue: Issue) -> dict[str, Any]:
    """Return the fields of an issue."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(issue).items()}


def _unpack(raw: bytes) -> bytes:
    """Return the body without its content coding; SDKs compress by default."""
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        return raw
    unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, by its header
    try:
        envelope = unpacker.decompress(raw, ENVELOPE_BYTES_AT_MOST + 1)
    except zlib.error as exc:
        raise InvalidInput("the body cannot be unpacked") from exc
    if len(envelope) > ENVELOPE_BYTES_AT_MOST:
        raise TooLarge(f"the envelope is larger than {ENVELOPE_BYTES_AT_MOST} bytes")
    if not unpacker.eof:
        raise InvalidInput("the body is cut off")
    return envelope


def _check_key(envelope: bytes, deps: Deps) -> None:
    """By the header, the query, or the address in the envelope; `Forbidden` without a key of ours."""
    match = _KEY.search(request.headers.get("X-Sentry-Auth", ""))
    key = match[1] if match else request.args.get("sentry_key", "")
    if not key:
        key = urlsplit(parse_envelope(envelope).dsn).username or ""
    if not any(hmac.compare_digest(key.encode(), known.encode()) for known in deps.keys):
        raise Forbidden("the key of this address is not known")
