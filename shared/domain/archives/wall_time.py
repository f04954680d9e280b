"""Converts the local kick-off times of archives to UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

BRITISH = "Europe/London"
"""Zone in which several archives give every kick-off of Europe."""

_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.h]|(?=\d\d(?:\D|$)))(\d{2})(?:[:.]\d{2})?(?:\s*([ap])\.?m\.?)?(?:\s*(UTC[+-]\d{1,2}(?::\d{2})?))?",
    re.IGNORECASE,
)

UNTOLD = time(15)
"""Kick-off (UTC) of a match of which only the day is known."""


def parse_clock(text: str) -> tuple[time, str] | None:
    """The time of day, and the zone it names itself (``UTC-6``), empty if none; None for what is no time of day.

    Read are ``19:45``, ``19:45:00``, ``19.45``, ``1945``, ``7:45 PM`` and each with an offset from UTC behind it.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, half, offset = int(match[1]), int(match[2]), (match[3] or "").lower(), match[4]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        return None
    return time(hour, minute), offset or ""


def kick_off(day: date, clock: str, zone: str = BRITISH) -> datetime:
    """The instant of ``19:45`` on a day; `UNTOLD` when the time is not given or is none."""
    parsed = parse_clock(clock)
    if parsed is None:
        return datetime.combine(day, UNTOLD, UTC)
    local_time = datetime.combine(day, parsed[0])
    return local_time.replace(tzinfo=offset_zone(parsed[1])).astimezone(UTC) if parsed[1] else utc(local_time, zone)


def offset_zone(text: str) -> timezone:
    """The zone of an offset such as ``UTC+5:30`` or ``UTC-6``."""
    hours, _, minutes = text[4:].partition(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-offset if text[3] == "-" else offset)


def utc(local_time: datetime, zone: str = BRITISH) -> datetime:
    """A wall time as an instant; of an hour that came twice, the first."""
    return local_time.replace(tzinfo=_zone(zone)).astimezone(UTC)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
