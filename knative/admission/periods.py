"""ISO 8601 periods such as ``PT0.2S`` or ``P1DT12H``, as deliveries give their waits."""

from __future__ import annotations

import re

_DATE, _TIME = "YMWD", "HMS"
_NUMBER = re.compile(r"[+-]?[0-9]+")
_LARGEST = 2**63


def valid(text: str) -> bool:
    """Return True if the text is a period; one with a sign is."""
    return tenths(text) is not None


def is_zero(text: str) -> bool:
    """Return True if a period is no time at all; finer than a tenth of each unit is not seen."""
    return not any(tenths(text) or ())


def tenths(text: str) -> list[int] | None:
    """Tenths of hours, minutes, seconds, years, months, weeks and days; None when the text is no period."""
    if text == "P0":
        return []
    rest = text[1:] if text[:1] in ("-", "+") else text
    if not rest.startswith("P"):
        return None
    date, has_time, time = rest[1:].partition("T")
    result: list[int] = []
    for part, marks in ((time if has_time else "", _TIME), (date, _DATE)):
        numbers = _numbers(part, marks)
        if numbers is None:
            return None
        result += numbers
    return result or None


def _numbers(text: str, marks: str) -> list[int] | None:
    """The numbers before the marks, which have to come in order; None when something else is there."""
    result = []
    for mark in marks:
        number, at, rest = text.partition(mark)
        if not at or not number:
            continue
        value = _tenths(number)
        if value is None:
            return None
        result.append(value)
        text = rest
    return None if text else result


def _tenths(number: str) -> int | None:
    whole, point, part = number.partition("." if "." in number else ",")
    digits = whole + (part[:1] or "0" if point else "0")
    if not _NUMBER.fullmatch(digits) or abs(int(digits)) >= _LARGEST:
        return None
    return int(digits)
