"""Days of a campaign in its own zone: a day of 23 or 25 hours where clocks change, from UTC-12 to UTC+14."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.errors import InvalidInput

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day of a zone."""

    date: date
    begins: datetime
    """In UTC; the day's first instant."""
    ends: datetime
    """In UTC; the next day's first instant."""


def find_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name; `InvalidInput` when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        rule = "must be an IANA zone such as Europe/London"
        raise InvalidInput(f"the zone {rule}", errors={"zone": rule}) from exc


def day_at(zone: str, moment: datetime) -> Day:
    """The day that a moment falls in; one day ends exactly where the next begins."""
    return day_of(zone, moment.astimezone(find_zone(zone)).date())


@lru_cache(maxsize=4096)
def day_of(zone: str, day: date) -> Day:
    """A calendar day by its date."""
    return Day(day, _first_instant(zone, day), _first_instant(zone, day + _ONE_DAY))


def _first_instant(zone: str, day: date) -> datetime:
    """Midnight, or where the clock skips midnight the instant at which it does.

    ``fold=0`` reads a skipped midnight with the offset before the change, which is that instant, and takes the first of
    two midnights.
    """
    return datetime.combine(day, time.min, find_zone(zone)).astimezone(UTC)
