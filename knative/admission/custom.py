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


def kind_of(given: Any) -> str:
    """Return what JSON calls a value."""
    kinds = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(given), "null")


def text_of(given: Any) -> str:
    """A value as JSON, as Go would meet it."""
    return json.dumps(given, separators=(",", ":"), ensure_ascii=False)


def decode(type_: str, given: Any) -> Any:
    """Read a value of a type with its own JSON form; None stands for null. ValueError in Go's words."""
    return _READERS[type_](given)


def encode(value: Any) -> Any:
    """The JSON form of a decoded value; plain JSON stays what it is."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, quantities.Quantity | urls.URL):
        return str(value)
    return value


def _quantity(given: Any) -> quantities.Quantity:
    if given is None:
        return quantities.ZERO
    return quantities.parse((given if isinstance(given, str) else text_of(given)).strip())


def _url(given: Any) -> urls.URL:
    return urls.parse("" if given is None else _string(given))


def _time(given: Any) -> datetime | None:
    return None if given is None else gotime.parse_rfc3339(_string(given)).astimezone(UTC)


def _int_or_string(given: Any) -> int | str:
    if given is None:
        return 0
    if isinstance(given, str):
        return given
    if not isinstance(given, int | float) or isinstance(given, bool):
        raise ValueError(f"json: cannot unmarshal {kind_of(given)} into Go value of type int32")
    if not isinstance(given, int) or not -(2**31) <= given < 2**31:
        raise ValueError(f"json: cannot unmarshal number {text_of(given)} into Go value of type int32")
    return given


def _string(given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError(f"json: cannot unmarshal {kind_of(given)} into Go value of type string")
    return given


def _raw(given: Any) -> Any:
    return given


_READERS: dict[str, Callable[[Any], Any]] = {
    "FieldsV1": _raw,
    "IntOrString": _int_or_string,
    "Quantity": _quantity,
    "RawExtension": _raw,
    "Time": _time,
    "URL": _url,
    "VolatileTime": _time,
}
