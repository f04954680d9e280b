"""Converters of path parameters, stricter than werkzeug's: one path per thing, and only ids that can exist."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter, Map

MAX_ID = 2**63 - 1
"""The largest id a column of type bigint holds."""


def _pattern_up_to(maximum: int) -> str:
    """Return the pattern of 0 to `maximum` in ASCII digits without leading zeros."""
    digits = str(maximum)
    shorter = f"0|[1-9][0-9]{{0,{len(digits) - 2}}}"
    smaller = (_smaller_at(n, digits) for n in range(len(digits)))
    return f"(?:{'|'.join([digits, *filter(None, smaller), shorter])})"


def _smaller_at(n: int, digits: str) -> str:
    """Return the pattern of numbers that first differ from `digits` at place `n` and are smaller; empty if none is."""
    least, most = int(n == 0), int(digits[n]) - 1
    return f"{digits[:n]}[{least}-{most}][0-9]{{{len(digits) - n - 1}}}" if least <= most else ""


class IdConverter(IntegerConverter):
    """An id in ASCII digits without leading zeros; anything else, or an id beyond bigint, matches no route (404).

    werkzeug's own converter also takes digits of other scripts and leading zeros. The limit is part of the pattern: a
    converter that refuses a value afterwards would keep werkzeug from trying the routes that are left.
    """

    regex = _pattern_up_to(MAX_ID)


def install(routes: Map) -> None:
    """Use the strict converters for every route that is added from now on."""
    routes.converters["int"] = IdConverter
