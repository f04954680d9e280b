"""The three types of values, and casting between them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from knative.cesql.errors import ErrorKind, EvaluationError
from knative.cesql.syntax import INTEGER_MAX, INTEGER_MIN

Value: TypeAlias = str | int | bool

_INTEGER = re.compile(r"[+-]?[0-9]+")
_BOOLEANS = {"true": True, "false": False}
_NAMES = {str: "a text", int: "an integer", bool: "a boolean"}


def to_text(value: Value) -> str:
    """Every value has a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def to_integer(value: Value) -> int:
    """A boolean is 1 or 0; a text has to be decimal digits within 32 bits, else `EvaluationError`."""
    if isinstance(value, str):
        digits = value.lstrip("+-0")
        if not _INTEGER.fullmatch(value) or len(digits) > 10 or not INTEGER_MIN <= int(value) <= INTEGER_MAX:
            raise EvaluationError(ErrorKind.CAST, f"{value!r} is no integer of 32 bits")
    return int(value)


def to_boolean(value: Value) -> bool:
    """A text has to be ``true`` or ``false`` in any case; an integer never is one, else `EvaluationError`."""
    if isinstance(value, bool):
        return value
    found = _BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise EvaluationError(ErrorKind.CAST, f"{value!r} is no boolean")
    return found


CASTS: dict[type[Value], Callable[[Value], Value]] = {str: to_text, int: to_integer, bool: to_boolean}


def cast(value: Value, kind: type[Value]) -> Value:
    """The value as this type; `EvaluationError` when it has none."""
    return value if type(value) is kind else CASTS[kind](value)


def wrapped(value: int) -> int:
    """What remains of a whole number in 32 bits."""
    return (value - INTEGER_MIN) % 2**32 + INTEGER_MIN
