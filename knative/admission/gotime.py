"""Durations and times as Go reads and prints them."""

from __future__ import annotations

import re
from datetime import datetime
from fractions import Fraction

from knative.admission.field_errors import go_quote

SECOND = 10**9
"""Durations are whole nanoseconds, as in Go."""
HOUR = 3600 * SECOND
_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": SECOND, "m": 60 * SECOND, "h": HOUR}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_LARGEST = 2**63 - 1
_RFC3339 = (
    (r"[0-9]{4}", "2006"), ("-", "-"), ("[0-9]{2}", "01"), ("-", "-"), (r"[0-9]{2}", "02"), ("T", "T"),
    (r"[0-9]{2}", "15"), (":", ":"), (r"[0-9]{2}", "04"), (":", ":"), (r"[0-9]{2}(?:[.,][0-9]+)?", "05"),
    (r"(?:Z|[+-][0-9]{2}:[0-9]{2})", "Z07:00"),
)  # fmt: skip


def parse_duration(text: str) -> int | None:
    """Nanoseconds of a text such as ``1h2m3.5s``; None when it is no duration."""
    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    total, position = 0, 0
    for matched in _PART.finditer(rest):
        if matched.start() != position:
            return None
        total += int(Fraction(matched[1] + "0" if matched[1].endswith(".") else matched[1]) * _UNITS[matched[2]])
        position = matched.end()
    return sign * total if position == len(rest) > 0 and total <= _LARGEST else None


def describe_error(text: str) -> str:
    """Return what Go says about a text that `parse_duration` does not take."""
    rest = text[1:] if text[:1] in ("-", "+") else text
    while matched := re.match(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([^0-9.]*)", rest):
        if not matched[2]:
            return f"time: missing unit in duration {go_quote(text)}"
        if matched[2] not in _UNITS:
            return f"time: unknown unit {go_quote(matched[2])} in duration {go_quote(text)}"
        rest = rest[matched.end() :]
    return f"time: invalid duration {go_quote(text)}"


def parse_rfc3339(text: str) -> datetime:
    """A time with its zone; ValueError in Go's words when it is none."""
    position = 0
    for pattern, element in _RFC3339:
        matched = re.compile(pattern).match(text, position)
        if matched is None:
            raise _unparsable(text, text[position:], element)
        position = matched.end()
    if not 1 <= int(text[5:7]) <= 12:
        raise ValueError(f"parsing time {go_quote(text)}: month out of range")
    if position < len(text):
        raise ValueError(f"parsing time {go_quote(text)}: extra text: {go_quote(text[position:])}")
    try:
        return datetime.fromisoformat(text.replace(",", "."))
    except ValueError as exc:
        raise ValueError(f"parsing time {go_quote(text)}: day out of range") from exc


def _unparsable(text: str, rest: str, element: str) -> ValueError:
    layout = go_quote("2006-01-02T15:04:05Z07:00")
    return ValueError(
        f"parsing time {go_quote(text)} as {layout}: cannot parse {go_quote(rest)} as {go_quote(element)}"
    )
