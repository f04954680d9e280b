"""Kick-offs as archives tell them, by a clock on some wall, as instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

BRITISH = "Europe/London"
"""In which several archives tell every kick-off of Europe."""

UNTOLD = time(15)
"""Kick-off (UTC) of a match of which only the day is known."""


def kick_off(day: date, clock: str, zone: str = BRITISH) -> datetime:
    """The instant of ``19:45`` on a day; `UNTOLD` when the time is not given."""
    hour, _, minute = clock.partition(":")
    if hour.isdecimal() and minute[:2].isdecimal() and int(hour) < 24 and int(minute[:2]) < 60:
        return utc(datetime.combine(day, time(int(hour), int(minute[:2]))), zone)
    return datetime.combine(day, UNTOLD, UTC)


def utc(told: datetime, zone: str = BRITISH) -> datetime:
    """A wall time as an instant; of an hour that came twice, the first."""
    return told.replace(tzinfo=_zone(zone)).astimezone(UTC)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
