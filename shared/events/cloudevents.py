"""CloudEvents 1.0 on the wire: HTTP binary and structured mode in, both modes out, Kafka-style record headers.

The only module that knows the bindings. Written against the specification's HTTP and Kafka protocol bindings: the
pinned SDK (cloudevents 1.12, as functions-framework requires) percent-encodes nothing and has no Kafka header codec
that keeps raw bytes, which Arrow payloads need.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar
from urllib.parse import unquote

from shared import rfc3339
from shared.errors import InvalidInput
from shared.events import json_format
from shared.events.envelope import Event

STRUCTURED = "application/cloudevents+json"
_FORMATS = "application/cloudevents"
"""Beginning of the content type of every structured and batched mode."""
_CORE = json_format.CONTEXT - {"dataschema"}
_NAME = re.compile(r"[a-z0-9]+")
_RESERVED = frozenset({"", "data"})
_HEADER = re.compile(r"[ -~]*")
_PLAIN = re.compile(r"[!#$&-~]*")
"""A header value that needs no percent-encoding."""
_URI_REFERENCE = re.compile(r"(?:[^\x00-\x1f\x7f%]|%[0-9A-Fa-f]{2})+")
_ESCAPED = re.compile(r"\\(.)")
_NONCHARACTERS = "".join(chr(plane + low) for plane in range(0, 0x110000, 0x10000) for low in (0xFFFE, 0xFFFF))
_NO_CHARACTER = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_NONCHARACTERS}]")
"""Characters that the type String of CloudEvents 1.0 excludes: controls, surrogates and noncharacters."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

Attributes = TypeVar("Attributes", bound=Mapping[str, json_format.Value])


def _encode(value: str) -> str:
    """Percent-encode a header value: space, double quote, percent and all outside U+0021 to U+007E."""
    if _PLAIN.fullmatch(value):
        return value
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
    attributes = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": rfc3339.format_moment(event.time),
        **event.extensions,
    }
    if event.subject:
        attributes["subject"] = event.subject
    if event.content_type:
        attributes["datacontenttype"] = event.content_type
    return attributes


def to_http(event: Event) -> tuple[dict[str, str], bytes]:
    """Headers and body of a binary-mode request."""
    return http_headers(attributes(event)), event.data


def http_headers(attributes: Mapping[str, str]) -> dict[str, str]:
    """Headers of a binary-mode request with these attributes; what passes events on uses it to keep them verbatim."""
    headers = {f"ce-{name}": _encode(value) for name, value in attributes.items() if name != "datacontenttype"}
    if attributes.get("datacontenttype"):
        headers["content-type"] = attributes["datacontenttype"]
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
    attributes, data = decode_http(headers, body)
    return _event(attributes, data or b"")


def decode_http(
    headers: Mapping[str, str], body: bytes, *, as_java_sdk: bool = False
) -> tuple[dict[str, str], bytes | None]:
    """Return the attributes as text, checked, and the data (None = there is none) of a request in either content mode.

    Parameters
    ----------
    headers, body : of the request.
    as_java_sdk : decode as the Java SDK of CloudEvents: content types are compared by case, ``ce-datacontenttype``
        counts before ``content-type``, and structured events are read as in `json_format.decode`.

    Raises
    ------
    InvalidInput : not a CloudEvent 1.0, or its attributes break the specification.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    content_type = lowered.get("content-type", "")
    if _has_format(content_type, by_case=as_java_sdk):
        if _media_type(content_type) != STRUCTURED:
            raise InvalidInput(f"content type {content_type!r} is not a single JSON CloudEvent")
        typed, data = decode_json(body, as_java_sdk=as_java_sdk)
        return {name: json_format.text_of(value) for name, value in typed.items()}, data
    attributes = {name[3:]: _decoded(value) for name, value in lowered.items() if name[:3] == "ce-"}
    if content_type and not (as_java_sdk and "datacontenttype" in attributes):
        attributes["datacontenttype"] = content_type
    return _checked(attributes), body or None


def decode_json(body: bytes, *, as_java_sdk: bool = False) -> tuple[dict[str, json_format.Value], bytes | None]:
    """Return the attributes with the types they have in JSON, checked, and the data, as `json_format.decode`."""
    attributes, data = json_format.decode(body, as_java_sdk=as_java_sdk)
    return _checked(attributes), data


def _has_format(content_type: str, *, by_case: bool) -> bool:
    """Whether a content type is that of a structured or batched mode."""
    begins = content_type[: len(_FORMATS)]
    return (begins if by_case else begins.lower()) == _FORMATS


to_json = json_format.encode
"""The body of a structured-mode request or record."""


def _decoded(value: str) -> str:
    """A header value: first out of its quotes, which older senders put around it, then percent-decoded, once."""
    if value[:1] == '"' and value[-1:] == '"' and len(value) > 1:
        value = _ESCAPED.sub(r"\1", value[1:-1])
    if "%" not in value:
        return value
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError as exc:
        raise InvalidInput(f"header value {value!r} is not percent-encoded UTF-8") from exc


def _checked(attributes: Attributes) -> Attributes:
    """The attributes themselves; `InvalidInput` unless they make a CloudEvent 1.0."""
    faults = {name: "missing" for name in ("id", "source", "type") if not str(attributes.get(name, "")).strip()}
    faults |= dict.fromkeys(_invalid_names(tuple(attributes)), "no name of an attribute")
    if attributes.get("specversion") != "1.0":
        faults["specversion"] = "not 1.0"
    if not _HEADER.fullmatch(str(attributes.get("datacontenttype", ""))):
        faults["datacontenttype"] = "not a media type"
    if faults:
        raise InvalidInput(f"not a CloudEvent 1.0: {', '.join(sorted(faults))}", errors=faults)
    if "time" in attributes:
        _check_time(str(attributes["time"]))
    return attributes


@lru_cache(maxsize=1024)
def _invalid_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are no names of attributes; the events of one source have the same names again and again."""
    return tuple(name for name in names if name in _RESERVED or not _NAME.fullmatch(name))


def is_uri_reference(text: str) -> bool:
    """Whether a text can be a `source`: not empty, no control characters, every ``%`` begins an escape."""
    return _URI_REFERENCE.fullmatch(text) is not None


def check_characters(attributes: Mapping[str, object]) -> None:
    """`InvalidInput` names the attributes that hold characters which the type String of CloudEvents does not have."""
    if _NO_CHARACTER.search("".join(map(str, attributes.values()))):  # one search, as almost no event has any
        faults = {
            name: "has control characters" for name, value in attributes.items() if _NO_CHARACTER.search(str(value))
        }
        raise InvalidInput(f"not a CloudEvent 1.0: {', '.join(sorted(faults))} has control characters", errors=faults)


def _check_time(text: str) -> None:
    """`InvalidInput` unless it is RFC 3339; years that Python's datetime does not know, such as 0000, are fine too."""
    match = _MOMENT.fullmatch(text)
    try:
        if not match:
            raise ValueError
        year, zone = text[:4], match[2]
        datetime.fromisoformat((year if year != "0000" else "2000") + text[4:19].upper())
        if len(zone) > 1 and (int(zone[1:3]) > 23 or int(zone[4:]) > 59):
            raise ValueError
    except ValueError as exc:
        raise InvalidInput(f"event time {text!r} is not RFC 3339 with a zone") from exc


def _event(attributes: Mapping[str, str], data: bytes) -> Event:
    time = _time(attributes["time"]) if "time" in attributes else datetime.now(UTC)
    extensions = {name: value for name, value in attributes.items() if name not in _CORE}
    try:
        return Event(
            id=attributes["id"],
            source=attributes["source"],
            type=attributes["type"],
            time=time,
            subject=attributes.get("subject", ""),
            content_type=attributes.get("datacontenttype", ""),
            extensions=extensions,
            data=data,
        )
    except ValueError as exc:
        raise InvalidInput(str(exc)) from exc


def to_record(event: Event) -> tuple[tuple[tuple[str, bytes], ...], bytes]:
    """Headers and value of a binary-mode log record (Kafka binding: ``ce_`` names, raw UTF-8, ``content-type``)."""
    return record_headers(attributes(event)), event.data


def record_headers(attributes: Mapping[str, str]) -> tuple[tuple[str, bytes], ...]:
    """Headers of a binary-mode log record with these attributes."""
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items() if name != "datacontenttype"]
    if attributes.get("datacontenttype"):
        headers.append(("content-type", attributes["datacontenttype"].encode()))
    return tuple(headers)


def is_record_event(headers: Iterable[tuple[str, bytes]]) -> bool:
    """Whether a log record's headers announce a CloudEvent in either mode."""
    attributes = dict(headers)
    return (
        "ce_specversion" in attributes
        or _media_type(attributes.get("content-type", b"").decode("latin-1")) == STRUCTURED
    )


def from_record(headers: Iterable[tuple[str, bytes]], value: bytes) -> Event:
    """The event of a log record in either mode; `InvalidInput` when it is none."""
    attributes, data = decode_record(headers, value)
    return _event(attributes, data or b"")


def decode_record(
    headers: Iterable[tuple[str, bytes]], value: bytes | None, *, as_java_sdk: bool = False
) -> tuple[dict[str, str], bytes | None]:
    """Return the attributes as they were written, checked, and the data of a log record in either mode.

    Only ``content-type`` and the headers that begin with ``ce_`` (in any case) are the event's; what is not UTF-8 in
    them is replaced, and other headers may hold anything.

    Parameters
    ----------
    headers, value : of the record; None = it has no value.
    as_java_sdk : as for `decode_http`.

    Raises
    ------
    InvalidInput : not a CloudEvent 1.0.
    """
    attributes: dict[str, str] = {}
    content_type = ""
    for name, raw in headers:
        if name[:3].lower() == "ce_":
            attributes[name[3:].lower()] = raw.decode(errors="replace")
        elif name == "content-type":
            content_type = raw.decode(errors="replace")
    if _has_format(content_type, by_case=as_java_sdk):
        return decode_http({"content-type": content_type}, value or b"", as_java_sdk=as_java_sdk)
    if content_type and not (as_java_sdk and "datacontenttype" in attributes):
        attributes["datacontenttype"] = content_type
    return _checked(attributes), value
