"""Types with a JSON form of their own: quantities, ports, times, URLs and raw JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from knative.admission import gotime, quantities, urls


class DecodeError(ValueError):
    """A value that the decoder refuses; the message is the decoder's, `path` leads to the value."""

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


def kind_of(value: Any) -> str:
    """Return what JSON calls a value."""
    kinds = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def text_of(value: Any) -> str:
    """A value as JSON, as Go would meet it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def decode(type_: str, value: Any) -> Any:
    """Read a value of a type with its own JSON form; None stands for null. ValueError in Go's words."""
    return _READERS[type_](value)


def encode(value: Any) -> Any:
    """The JSON form of a decoded value; plain JSON stays what it is."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, quantities.Quantity | urls.URL):
        return str(value)
    return value


def _quantity(value: Any) -> quantities.Quantity:
    if value is None:
        return quantities.ZERO
    return quantities.parse((value if isinstance(value, str) else text_of(value)).strip())


def _url(value: Any) -> urls.URL:
    return urls.parse("" if value is None else _string(value))


def _time(value: Any) -> datetime | None:
    return None if value is None else gotime.parse_rfc3339(_string(value)).astimezone(UTC)


def _int_or_string(value: Any) -> int | str:
    if value is None:
        return 0
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"json: cannot unmarshal {kind_of(value)} into Go value of type int32")
    if not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise ValueError(f"json: cannot unmarshal number {text_of(value)} into Go value of type int32")
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"json: cannot unmarshal {kind_of(value)} into Go value of type string")
    return value


def _raw(value: Any) -> Any:
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "FieldsV1": _raw,
    "IntOrString": _int_or_string,
    "Quantity": _quantity,
    "RawExtension": _raw,
    "Time": _time,
    "URL": _url,
    "VolatileTime": _time,
}
