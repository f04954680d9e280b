"""The three types of values, and casting between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from knative.cesql.errors import ErrorKind, EvaluationError
from knative.cesql.syntax import INTEGER_MAX, INTEGER_MIN

Value: TypeAlias = str | int | bool

_INTEGER = re.compile(r"[+-]?[0-9]+")
_BOOLEANS = {"true": True, "false": False}


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
    """A text has to be ``true`` or ``false`` in any case; an integer is no boolean: `EvaluationError`."""
    if isinstance(value, bool):
        return value
    result = _BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    if result is None:
        raise EvaluationError(ErrorKind.CAST, f"{value!r} is no boolean")
    return result


def as_boolean(value: Value) -> bool:
    """As `to_boolean`, but an integer is true unless it is 0."""
    return value != 0 if isinstance(value, int) else to_boolean(value)


Casts: TypeAlias = Mapping[type[Value], Callable[[Value], Any]]
STRICT: Casts = {str: to_text, int: to_integer, bool: to_boolean}
LENIENT: Casts = {**STRICT, bool: as_boolean}


def _or_zero(cast: Callable[[Value], Value], zero: Value) -> Callable[[Value], Value]:
    def forgiving(value: Value) -> Value:
        try:
            return cast(value)
        except EvaluationError:
            return zero

    return forgiving


FORGIVING: Casts = {str: to_text, int: _or_zero(to_integer, 0), bool: _or_zero(as_boolean, False)}
"""A value that cannot be cast becomes the zero value of the type."""
