"""Whole numbers of 32 bits: they wrap around, and division goes towards zero."""

from __future__ import annotations

import operator
from collections.abc import Callable

from knative.cesql.errors import ErrorKind, EvaluationError
from knative.cesql.syntax import INTEGER_MIN


def wrapped(value: int) -> int:
    """Return what remains of a number in 32 bits."""
    return (value - INTEGER_MIN) % 2**32 + INTEGER_MIN


def _quotient(left: int, right: int) -> int:
    if right == 0:
        raise EvaluationError(ErrorKind.MATH, f"{left} is divided by 0")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) is (right < 0) else -quotient


def _remainder(left: int, right: int) -> int:
    """With the sign of the dividend."""
    return left - right * _quotient(left, right)


ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _quotient,
    "%": _remainder,
}
ORDER: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
