"""One reported error: the fields that are kept of what an SDK sends, and nothing else.

An event may carry anything: local variables, request bodies, cookies, users. Only what is named here is read, and what
looks like a secret or an address within a message is masked, so that none is ever stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.errors import InvalidInput

EVENT_BYTES_AT_MOST = 1_048_576
FRAMES_AT_MOST = 100
EXCEPTIONS_AT_MOST = 20
TEXT_AT_MOST = 1_000
_TAGS = ("function", "revision", "trace", "route", "action", "browser", "handled")
"""Tags that are kept."""
_LEVELS = ("fatal", "error", "warning", "info", "debug")
_EVENT_ID = re.compile(r"[0-9a-f]{32}")
_SECRET = re.compile(
    r"(?i)(?P<name>\b(?:pass(?:word|wd)?|pwd|secret|token|api[_-]?key|authorization|cookie|session)\b[\"']?\s*[=:]\s*)"
    r"(?:(?:bearer|basic)\s+)?[^\s,;&]+|\b(?:bearer|basic)\s+[\w.~+/=-]{8,}|[\w.%+-]+@[\w-]+(?:\.[\w-]+)+"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One call of a stack, the outermost first."""

    module: str
    function: str
    file: str
    line: int | None
    in_app: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedException:
    """One exception of a chain; the last was raised last."""

    type: str
    value: str
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReport:
    """One event."""

    event_id: str
    """32 hex digits: the same again is the same event."""
    occurred_at: datetime
    level: str
    message: str
    """The template where there is one, else the text."""
    exceptions: tuple[ReportedException, ...]
    fingerprint: tuple[str, ...]
    """The client's own grouping; empty where it leaves grouping to us."""
    function: str
    revision: str
    trace: str
    transaction: str
    tags: Mapping[str, str]


def parse_report(payload: bytes, *, received_at: datetime) -> ErrorReport:
    """Return the event of an envelope's item.

    Raises
    ------
    InvalidInput : it is no JSON object, too large, or without an id.
    """
    if len(payload) > EVENT_BYTES_AT_MOST:
        raise InvalidInput(f"the event is larger than {EVENT_BYTES_AT_MOST} bytes")
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError) as exc:
        raise InvalidInput("the event is not JSON") from exc
    if not isinstance(event, dict):
        raise InvalidInput("the event is not a JSON object")
    event_id = str(event.get("event_id") or "").replace("-", "").lower()
    if not _EVENT_ID.fullmatch(event_id):
        raise InvalidInput("the event has no event_id of 32 hex digits")
    tags = _tags(event.get("tags"))
    trace = _mapping(_mapping(event.get("contexts")).get("trace")).get("trace_id")
    level = str(event.get("level") or "error")
    return ErrorReport(
        event_id=event_id,
        occurred_at=_moment(event.get("timestamp"), received_at),
        level=level if level in _LEVELS else "error",
        message=_masked(_message(event)),
        exceptions=tuple(_exceptions(event.get("exception"))),
        fingerprint=tuple(_text(each) for each in _sequence(event.get("fingerprint"))[:10]),
        function=tags.get("function") or _text(event.get("server_name")),
        revision=tags.get("revision") or _text(event.get("release")),
        trace=tags.get("trace") or _text(trace),
        transaction=_text(event.get("transaction")),
        tags=tags,
    )


def _exceptions(exception: Any) -> Iterator[ReportedException]:
    values = exception.get("values") if isinstance(exception, dict) else exception
    for each in _sequence(values)[-EXCEPTIONS_AT_MOST:]:
        if isinstance(each, dict):
            frames = _sequence(_mapping(each.get("stacktrace")).get("frames"))
            yield ReportedException(
                type=_text(each.get("type")) or "Error",
                value=_masked(_text(each.get("value"))),
                frames=tuple(_frame(frame) for frame in frames[-FRAMES_AT_MOST:] if isinstance(frame, dict)),
            )


def _frame(frame: Mapping[str, Any]) -> Frame:
    line = frame.get("lineno")
    return Frame(
        module=_text(frame.get("module")),
        function=_text(frame.get("function")),
        file=_text(frame.get("filename")),
        line=line if isinstance(line, int) and not isinstance(line, bool) and 0 <= line < 2**31 else None,
        in_app=frame.get("in_app") is True,
    )


def _message(event: Mapping[str, Any]) -> str:
    entry = event.get("logentry")
    if isinstance(entry, dict):
        return _text(entry.get("message") or entry.get("formatted"))
    message = event.get("message")
    if isinstance(message, dict):
        return _text(message.get("message") or message.get("formatted"))
    return _text(message)


def _tags(tags: Any) -> dict[str, str]:
    pairs = tags.items() if isinstance(tags, dict) else [each for each in _sequence(tags) if _is_pair(each)]
    return {str(name): _text(value) for name, value in pairs if name in _TAGS and value is not None}


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def _moment(value: Any, default: datetime) -> datetime:
    """Seconds since 1970, or RFC 3339; what is neither, or lies in the future, is the time of receipt."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value, UTC)
        else:
            moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return default
    return min(moment, default) if moment.year >= 1970 else default


def _masked(text: str) -> str:
    """The text without values of secrets, and without e-mail addresses."""
    return _SECRET.sub(lambda match: f"{match['name'] or ''}[masked]", text)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A text without control characters, cut off where it is too long; empty for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return _CONTROL.sub(" ", value)[:TEXT_AT_MOST].strip() if isinstance(value, str) else ""
