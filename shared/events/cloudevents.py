"""CloudEvents 1.0 on the wire: HTTP binary and structured mode in, both modes out, Kafka-style record headers.

The only module that knows the bindings. Written against the specification's HTTP and Kafka protocol bindings: the
pinned SDK (cloudevents 1.12, as functions-framework requires) percent-encodes nothing and has no Kafka header codec
that keeps raw bytes, which Arrow payloads need.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import unquote

from shared import rfc3339
from shared.errors import InvalidInput
from shared.events import json_format
from shared.events.envelope import Event

STRUCTURED = "application/cloudevents+json"
_FORMATS = "application/cloudevents"
"""What the content type of every structured and batched mode begins with."""
_CORE = json_format.CONTEXT - {"dataschema"}
_NAME = re.compile(r"[a-z0-9]+")
_RESERVED = frozenset({"", "data"})
_HEADER = re.compile(r"[ -~]*")
_ESCAPED = re.compile(r"\\(.)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

Attributes = TypeVar("Attributes", bound=Mapping[str, json_format.Value])


def _encode(value: str) -> str:
    """Percent-encode a header value: space, double quote, percent and all outside U+0021 to U+007E."""
    return "".join(
        c if "!" <= c <= "~" and c not in '"%' else "".join(f"%{byte:02X}" for byte in c.encode()) for c in value
    )


def _time(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise InvalidInput(f"event time {text!r} is not RFC 3339 with a zone")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise InvalidInput(f"event time {text!r} is not RFC 3339") from exc


def attributes(event: Event) -> dict[str, str]:
    """The context attributes as text, extensions included; what filters look at."""
    named = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": rfc3339.text(event.time),
        **event.extensions,
    }
    if event.subject:
        named["subject"] = event.subject
    if event.content_type:
        named["datacontenttype"] = event.content_type
    return named


def to_http(event: Event) -> tuple[dict[str, str], bytes]:
    """Headers and body of a binary-mode request."""
    return http_headers(attributes(event)), event.data


def http_headers(named: Mapping[str, str]) -> dict[str, str]:
    """Headers of a binary-mode request with these attributes; what passes events on uses it to keep them verbatim."""
    headers = {f"ce-{name}": _encode(value) for name, value in named.items() if name != "datacontenttype"}
    if named.get("datacontenttype"):
        headers["content-type"] = named["datacontenttype"]
    return headers


def is_event(headers: Mapping[str, str]) -> bool:
    """Whether these HTTP headers (any case) announce a CloudEvent."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return "ce-specversion" in lowered or _media_type(lowered.get("content-type", "")) == STRUCTURED


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def from_http(headers: Mapping[str, str], body: bytes) -> Event:
    """The event of a request in either content mode.

    Raises
    ------
    InvalidInput : not a CloudEvent 1.0, or its attributes break the specification.
    """
    return _event(*decode_http(headers, body))


def decode_http(headers: Mapping[str, str], body: bytes, *, implied: str = "") -> tuple[dict[str, str], bytes]:
    """The attributes as text, checked, and the data of a request in either mode; raises `InvalidInput`.

    `implied` as in `json_format.decode`.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    content_type = lowered.get("content-type", "")
    if content_type[: len(_FORMATS)].lower() == _FORMATS:
        if _media_type(content_type) != STRUCTURED:
            raise InvalidInput(f"content type {content_type!r} is not a single JSON CloudEvent")
        typed, data = decode_json(body, implied=implied)
        return {name: json_format.text_of(value) for name, value in typed.items()}, data
    named = {name[3:]: _decoded(value) for name, value in lowered.items() if name[:3] == "ce-"}
    if content_type:
        named["datacontenttype"] = content_type
    return _checked(named), body


def decode_json(body: bytes, *, implied: str = "") -> tuple[dict[str, json_format.Value], bytes]:
    """The attributes with the types they have in JSON, checked, and the data, as `json_format.decode`."""
    named, data = json_format.decode(body, implied=implied)
    return _checked(named), data


to_json = json_format.encode
"""The body of a structured-mode request or record."""


def _decoded(value: str) -> str:
    """A header value: first out of its quotes, which older senders put around it, then percent-decoded, once."""
    if value[:1] == '"' and value[-1:] == '"' and len(value) > 1:
        value = _ESCAPED.sub(r"\1", value[1:-1])
    return unquote(value) if "%" in value else value


def _checked(named: Attributes) -> Attributes:
    """The attributes themselves; `InvalidInput` unless they make a CloudEvent 1.0."""
    faults = {name: "missing" for name in ("id", "source", "type") if not str(named.get(name, "")).strip()}
    if not _NAME.fullmatch("".join(named)) or not _RESERVED.isdisjoint(named):
        faults |= {name: "no name of an attribute" for name in named if name in _RESERVED or not _NAME.fullmatch(name)}
    if named.get("specversion") != "1.0":
        faults["specversion"] = "not 1.0"
    if not _HEADER.fullmatch(str(named.get("datacontenttype", ""))):
        faults["datacontenttype"] = "not a media type"
    if faults:
        raise InvalidInput(f"not a CloudEvent 1.0: {', '.join(sorted(faults))}", errors=faults)
    if "time" in named:
        _time(str(named["time"]))
    return named


def _event(named: Mapping[str, str], data: bytes) -> Event:
    time = _time(named["time"]) if "time" in named else datetime.now(UTC)
    extensions = {name: value for name, value in named.items() if name not in _CORE}
    try:
        return Event(
            id=named["id"],
            source=named["source"],
            type=named["type"],
            time=time,
            subject=named.get("subject", ""),
            content_type=named.get("datacontenttype", ""),
            extensions=extensions,
            data=data,
        )
    except ValueError as exc:
        raise InvalidInput(str(exc)) from exc


def to_record(event: Event) -> tuple[tuple[tuple[str, bytes], ...], bytes]:
    """Headers and value of a binary-mode log record (Kafka binding: ``ce_`` names, raw UTF-8, ``content-type``)."""
    return record_headers(attributes(event)), event.data


def record_headers(named: Mapping[str, str]) -> tuple[tuple[str, bytes], ...]:
    """Headers of a binary-mode log record with these attributes."""
    headers = [(f"ce_{name}", value.encode()) for name, value in named.items() if name != "datacontenttype"]
    if named.get("datacontenttype"):
        headers.append(("content-type", named["datacontenttype"].encode()))
    return tuple(headers)


def is_record_event(headers: Iterable[tuple[str, bytes]]) -> bool:
    """Whether a log record's headers announce a CloudEvent in either mode."""
    named = dict(headers)
    return "ce_specversion" in named or _media_type(named.get("content-type", b"").decode("latin-1")) == STRUCTURED


def from_record(headers: Iterable[tuple[str, bytes]], value: bytes) -> Event:
    """The event of a log record in either mode; `InvalidInput` when it is none."""
    return _event(*decode_record(headers, value))


def decode_record(
    headers: Iterable[tuple[str, bytes]], value: bytes, *, implied: str = ""
) -> tuple[dict[str, str], bytes]:
    """The attributes as they were written, checked, and the data of a log record in either mode, as `decode_http`."""
    try:
        named = {name: raw.decode() for name, raw in headers}
    except UnicodeDecodeError as exc:
        raise InvalidInput("record headers are not UTF-8") from exc
    content_type = named.get("content-type", "")
    if content_type[: len(_FORMATS)].lower() == _FORMATS:
        return decode_http(named, value, implied=implied)
    attributes = {name[3:]: text for name, text in named.items() if name[:3] == "ce_"}
    if content_type:
        attributes["datacontenttype"] = content_type
    return _checked(attributes), value
