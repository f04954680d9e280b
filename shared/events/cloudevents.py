"""CloudEvents 1.0 on the wire: HTTP binary and structured mode in, both modes out, Kafka-style record headers.

The only module that knows the bindings. Written against the specification's HTTP and Kafka protocol bindings: the
pinned SDK (cloudevents 1.12, as functions-framework requires) percent-encodes nothing and has no Kafka header codec
that keeps raw bytes, which Arrow payloads need.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from shared.errors import InvalidInput
from shared.events.envelope import Event

STRUCTURED = "application/cloudevents+json"
_CORE = ("id", "source", "type", "specversion", "time", "subject", "datacontenttype")
_NAME = re.compile(r"^[a-z0-9]+$")


def _encode(value: str) -> str:
    """Percent-encode a header value: space, double quote, percent and all outside U+0021 to U+007E."""
    return "".join(
        c if "!" <= c <= "~" and c not in '"%' else "".join(f"%{byte:02X}" for byte in c.encode()) for c in value
    )


def _time_text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text.replace("z", "Z").replace("Z", "+00:00"))
        if time.tzinfo is None:
            raise InvalidInput(f"event time {text!r} has no zone")
        return time.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise InvalidInput(f"event time {text!r} is not RFC 3339") from exc


def attributes(event: Event) -> dict[str, str]:
    """The context attributes as text, extensions included; what filters look at."""
    named = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": _time_text(event.time),
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


def to_json(named: Mapping[str, object], data: bytes) -> bytes:
    """The event in the JSON format, which is the body of a structured-mode request or record.

    Data that is JSON stands in it byte for byte, text as text, and all else in base64.
    """
    fields = json.dumps(dict(named), ensure_ascii=False, separators=(",", ":")).encode()
    return fields[:-1] + b"," + _json_data(str(named.get("datacontenttype", "")), data) + b"}" if data else fields


def _json_data(content_type: str, data: bytes) -> bytes:
    try:
        if _is_json(content_type or "application/json"):
            json.loads(data.decode(), parse_constant=_no_constant)
            return b'"data":' + data
        if content_type.startswith("text/"):
            return b'"data":' + json.dumps(data.decode(), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        pass
    return b'"data_base64":"' + base64.b64encode(data) + b'"'


def _no_constant(name: str) -> None:
    """NaN and the infinities, which Python reads and JSON does not have."""
    raise ValueError(name)


def _is_json(content_type: str) -> bool:
    return content_type.split(";")[0].strip().lower().endswith(("/json", "+json"))


def is_event(headers: Mapping[str, str]) -> bool:
    """Whether these HTTP headers (any case) announce a CloudEvent."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return "ce-specversion" in lowered or lowered.get("content-type", "").startswith(STRUCTURED)


def from_http(headers: Mapping[str, str], body: bytes) -> Event:
    """The event of a request in either content mode.

    Raises
    ------
    InvalidInput : not a CloudEvent 1.0, or its attributes break the specification.
    """
    return _event(*decode_http(headers, body))


def decode_http(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """The attributes as they were written, checked, and the data of a request in either mode; raises `InvalidInput`."""
    lowered = {name.lower(): value for name, value in headers.items()}
    content_type = lowered.get("content-type", "")
    if content_type.startswith("application/cloudevents"):
        if not content_type.startswith(STRUCTURED):
            raise InvalidInput(f"content type {content_type!r} is not a single JSON CloudEvent")
        return _from_structured(body)
    named = {name[3:]: unquote(value) for name, value in lowered.items() if name.startswith("ce-")}
    return _checked(named, content_type), body


def _from_structured(body: bytes) -> tuple[dict[str, str], bytes]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise InvalidInput("structured event is not JSON") from exc
    if not isinstance(fields, dict):
        raise InvalidInput("structured event is not a JSON object")
    fields = {name: value for name, value in fields.items() if value is not None}
    data = _structured_data(fields)
    content_type = fields.pop("datacontenttype", "application/json" if data else "")
    if not isinstance(content_type, str):
        raise InvalidInput("datacontenttype is not text")
    return _checked({name: _text(name, value) for name, value in fields.items()}, content_type), data


def _structured_data(fields: dict[str, Any]) -> bytes:
    """Take the payload out of a structured event's fields."""
    if "data_base64" in fields:
        if "data" in fields:
            raise InvalidInput("structured event has both data and data_base64")
        try:
            return base64.b64decode(fields.pop("data_base64"), validate=True)
        except (binascii.Error, TypeError, ValueError) as exc:
            raise InvalidInput("data_base64 is not base64") from exc
    if "data" not in fields:
        return b""
    data = fields.pop("data")
    is_json = _is_json(str(fields.get("datacontenttype", "application/json")))
    return data.encode() if isinstance(data, str) and not is_json else json.dumps(data).encode()


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    raise InvalidInput(f"attribute {name!r} is neither text, integer nor boolean")


def _checked(named: dict[str, str], content_type: str) -> dict[str, str]:
    """The attributes with their content type; `InvalidInput` unless they make a CloudEvent 1.0."""
    faults = {name: "missing" for name in ("id", "source", "type") if not named.get(name)}
    faults |= {name: "not lower-case letters and digits" for name in named if not _NAME.match(name)}
    if named.get("specversion") != "1.0":
        faults["specversion"] = "not 1.0"
    if faults:
        raise InvalidInput(f"not a CloudEvent 1.0: {', '.join(sorted(faults))}", errors=faults)
    if "time" in named:
        _time(named["time"])
    return {**named, "datacontenttype": content_type} if content_type else named


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
    return "ce_specversion" in named or named.get("content-type", b"").startswith(STRUCTURED.encode())


def from_record(headers: Iterable[tuple[str, bytes]], value: bytes) -> Event:
    """The event of a log record in either mode; `InvalidInput` when it is none."""
    return _event(*decode_record(headers, value))


def decode_record(headers: Iterable[tuple[str, bytes]], value: bytes) -> tuple[dict[str, str], bytes]:
    """The attributes as they were written, checked, and the data of a log record in either mode."""
    try:
        named = {name: raw.decode() for name, raw in headers}
    except UnicodeDecodeError as exc:
        raise InvalidInput("record headers are not UTF-8") from exc
    content_type = named.get("content-type", "")
    if content_type.startswith("application/cloudevents"):
        return decode_http(named, value)
    return _checked({name[3:]: text for name, text in named.items() if name.startswith("ce_")}, content_type), value
