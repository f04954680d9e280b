"""The JSON format of CloudEvents: attributes keep their types, and JSON data its bytes.

Data is cut out of the event and put into it as it stands: read and written again, 1e400, 0.10 or a number of forty
digits would come out as something else.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from shared.errors import InvalidInput

Value: TypeAlias = str | int | bool
"""A value of an attribute in JSON; everywhere else it is its text."""

CONTEXT = frozenset({"id", "source", "type", "specversion", "time", "subject", "datacontenttype", "dataschema"})
"""The attributes of the specification, all of them texts."""
JSON_TYPE = "application/json"
_NULL = None, ""
_STRING_OR_SPACE = re.compile(r'"(?:[^"\\]|\\.)*"|[ \t\n\r]+', re.DOTALL)
_INTEGER = range(-(2**31), 2**31)
_SPACE = frozenset(" \t\n\r")


def decode(body: bytes, *, as_java_sdk: bool = False) -> tuple[dict[str, Value], bytes | None]:
    """Return the attributes that an event names, and its data; None = it has none.

    Parameters
    ----------
    body : the JSON.
    as_java_sdk : decode as the Java SDK of CloudEvents, which implies the content type ``application/json``, takes
        ``null`` for data and writes JSON data anew without white space; numbers keep their digits all the same.

    Raises
    ------
    InvalidInput : not one JSON object, or a member that CloudEvents does not have in this form.
    """
    try:
        members = _members(body.decode())
        if as_java_sdk and "data" in members and members.get("datacontenttype", _NULL)[0] is None:
            members["datacontenttype"] = JSON_TYPE, ""
        data = _data(members, as_java_sdk=as_java_sdk)
        return {name: _value(name, value) for name, (value, _) in members.items() if value is not None}, data
    except (ValueError, RecursionError) as exc:
        raise InvalidInput("structured event is not JSON") from exc


def encode(attributes: Mapping[str, Value], data: bytes) -> bytes:
    """The event with these attributes; data that is JSON as it stands, text as text, and all else in base64."""
    fields = json.dumps(dict(attributes), ensure_ascii=False, separators=(",", ":")).encode()
    return fields[:-1] + b"," + _member(str(attributes.get("datacontenttype", "")), data) + b"}" if data else fields


def text_of(value: Value) -> str:
    """An attribute as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _no_constant(name: str) -> None:
    """NaN and the infinities, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_no_constant)


def _members(text: str) -> dict[str, tuple[Any, str]]:
    """Each member of an object: its value, and the JSON it was written as."""
    if text[_space(text, 0) :][:1] != "{":
        _JSON.decode(text)
        raise InvalidInput("structured event is not a JSON object")
    members: dict[str, tuple[Any, str]] = {}
    for name, value, written in _walk(text):
        if name in members:
            raise InvalidInput(f"structured event has {name!r} twice")
        members[name] = value, written
    return members


def _walk(text: str) -> Iterator[tuple[str, Any, str]]:
    mark, at = _mark(text, 0, "{")
    if text[at : at + 1] == "}":
        mark, at = _mark(text, at, "}")
    while mark != "}":
        name, at = _JSON.raw_decode(text, at)
        if not isinstance(name, str):
            raise ValueError("a name is a text")
        _, at = _mark(text, at, ":")
        value, end = _JSON.raw_decode(text, at)
        yield name, value, text[at:end]
        mark, at = _mark(text, end, ",}")
    if at != len(text):
        raise ValueError("there is more behind the object")


def _mark(text: str, at: int, marks: str) -> tuple[str, int]:
    """One of these marks, and where the next token begins."""
    at = _space(text, at)
    mark = text[at : at + 1]
    if not mark or mark not in marks:
        raise ValueError(f"expected one of {marks}")
    return mark, _space(text, at + 1)


def _space(text: str, at: int) -> int:
    """Behind the white space that begins here."""
    while text[at : at + 1] in _SPACE:
        at += 1
    return at


def _data(members: dict[str, tuple[Any, str]], *, as_java_sdk: bool) -> bytes | None:
    """Take the data out of an event's members."""
    value, written = members.pop("data", (None, ""))
    encoded, _ = members.pop("data_base64", (None, ""))
    if encoded is not None:
        if value is not None:
            raise InvalidInput("structured event has both data and data_base64")
        return _from_base64(encoded)
    if value is None and not (as_java_sdk and written):
        return None
    if is_json(str(members.get("datacontenttype", ("", ""))[0] or JSON_TYPE)):
        return (_compact(written) if as_java_sdk else written).encode()
    if not isinstance(value, str):
        raise InvalidInput("data of a content type that is not JSON has to be text, or data_base64")
    return value.encode()


def _compact(written: str) -> str:
    """JSON without white space and needless escapes; numbers keep the digits they were written with."""

    def compact(part: re.Match[str]) -> str:
        return json.dumps(json.loads(part[0]), ensure_ascii=False) if part[0][0] == '"' else ""

    return _STRING_OR_SPACE.sub(compact, written)


def _from_base64(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, TypeError, ValueError) as exc:
        raise InvalidInput("data_base64 is not base64") from exc


def _value(name: str, value: Any) -> Value:
    if isinstance(value, str):
        value.encode()  # refuses half of a surrogate pair
        return value
    if name in CONTEXT:
        raise InvalidInput(f"attribute {name!r} is not text")
    if not isinstance(value, bool) and (not isinstance(value, int) or value not in _INTEGER):
        raise InvalidInput(f"attribute {name!r} is neither text, boolean nor an integer of 32 bits")
    return value


def _member(content_type: str, data: bytes) -> bytes:
    try:
        if is_json(content_type or JSON_TYPE):
            _JSON.decode(data.decode())
            return b'"data":' + data
        if content_type.startswith("text/"):
            return b'"data":' + json.dumps(data.decode(), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        pass
    return b'"data_base64":"' + base64.b64encode(data) + b'"'


def is_json(content_type: str) -> bool:
    """Whether a content type says that the data is JSON."""
    return content_type.split(";")[0].strip().lower().endswith(("/json", "+json"))
