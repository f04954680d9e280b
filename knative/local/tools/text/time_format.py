"""Moments and durations for people."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from shared import rfc3339
from shared.errors import InvalidInput

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_AGO = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def iso(at: float) -> str:
    """Unix seconds as ISO 8601 in UTC."""
    return rfc3339.format_moment(datetime.fromtimestamp(at, UTC), timespec="milliseconds")


def parse(text: str, now: float) -> float:
    """Unix seconds of an instant such as ``2026-03-01T12:00Z``, or of so long ago: ``90s``, ``15m``, ``2h``, ``1d``.

    Raises
    ------
    InvalidInput : it is neither.
    """
    if ago := _AGO.fullmatch(text):
        return now - float(ago[1]) * _UNITS_S[ago[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise InvalidInput(
            f"{text!r} is neither an instant, such as 2026-03-01T12:00Z, nor a span, such as 2h"
        ) from exc
    if moment.tzinfo is None:
        raise InvalidInput(f"{text!r} needs its zone, such as Z")
    return moment.timestamp()


def span(seconds: float) -> str:
    """A duration with two or three digits that mean something."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.3g} s"
    for unit, size_s in (("d", 86_400), ("h", 3600)):
        if seconds >= 2 * size_s:
            return f"{seconds / size_s:.0f} {unit}"
    return f"{seconds / 60:.0f} min"
