"""Cron schedules as PingSource takes them, read and followed as robfig/cron does, which is what a cluster runs.

Five fields, or six with seconds first, or a word such as ``@hourly``; the zone may also stand in front, as in
``CRON_TZ=Europe/Madrid 0 9 * * *``. What the usual cron knows and this one does not is refused: 7 for Sunday, ``L``,
``W``, ``#``, ranges that wrap. When the clocks change, a time that the day leaves out does not come, and one that the
day has twice comes twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
HORIZON_YEARS = 5
"""A schedule without a tick up to the end of the year so far ahead never comes."""

_ZONE_IN_FRONT = re.compile(r"^(?:CRON_)?TZ=(?P<zone>\S*)\s+(?P<rest>.*)$", re.DOTALL)
_NUMBER = re.compile(r"^\+?[0-9]+$", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """What one field may hold."""

    least: int
    most: int
    names: Mapping[str, int]


def _named(first: int, words: str) -> dict[str, int]:
    return {word: number for number, word in enumerate(words.split(), first)}


_SECOND = _MINUTE = _Field(least=0, most=59, names={})
_HOUR = _Field(least=0, most=23, names={})
_DAY = _Field(least=1, most=31, names={})
_MONTH = _Field(least=1, most=12, names=_named(1, "jan feb mar apr may jun jul aug sep oct nov dec"))
_WEEKDAY = _Field(least=0, most=6, names=_named(0, "sun mon tue wed thu fri sat"))
_FIELDS = (_SECOND, _MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The values each field allows; a day has to fit both day fields, or one of them when both are restricted."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    zone: ZoneInfo

    def has_day(self, moment: datetime) -> bool:
        """Whether it ticks at all on a moment's day."""
        if moment.month not in self.months:
            return False
        day, weekday = moment.day in self.days, moment.isoweekday() % 7 in self.weekdays
        return day or weekday if self.either_day else day and weekday


def check(schedule: str, timezone: str) -> None:
    """`ValueError` unless both can be used."""
    _parsed(schedule, timezone)


def next_after(schedule: str, timezone: str, moment: datetime) -> datetime | None:
    """The first tick after a moment, in the schedule's zone; None when it never comes, such as on 31 February.

    Parameters
    ----------
    schedule : five cron fields, six when the first is seconds, or a word of `WORDS`.
    timezone : IANA name; empty = UTC, which is what the clock of a container says.
    moment : aware.
    """
    wanted = _parsed(schedule, timezone)
    if not (wanted.hours and wanted.minutes and wanted.seconds):  # such as ",": accepted, and never met
        return None
    found = moment.astimezone(wanted.zone).replace(microsecond=0)
    last_year = found.year + HORIZON_YEARS
    found = _forward(found, timedelta(seconds=1))
    while found.year <= last_year:
        ahead = _not_before(wanted, found)
        if ahead is None:
            return found
        found = ahead
    return None


def _not_before(wanted: Schedule, moment: datetime) -> datetime | None:
    """The next moment worth a look; None = this one is a tick."""
    if not wanted.has_day(moment):
        tomorrow = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, fold=0)
        return tomorrow.astimezone(UTC).astimezone(wanted.zone)
    minute = timedelta(seconds=60 - moment.second)
    if moment.hour not in wanted.hours:
        hour = minute + timedelta(minutes=59 - moment.minute)
        there = _forward(moment, hour)
        # The clocks may change within the hour, so that part of it belongs to another one.
        return there if there.utcoffset() == moment.utcoffset() else _forward(moment, minute)
    if moment.minute not in wanted.minutes:
        return _forward(moment, minute)
    return None if moment.second in wanted.seconds else _forward(moment, timedelta(seconds=1))


def _forward(moment: datetime, by: timedelta) -> datetime:
    """So much later on the clock of the world, not on that of the wall."""
    return (moment.astimezone(UTC) + by).astimezone(moment.tzinfo)


@lru_cache(maxsize=256)
def _parsed(schedule: str, timezone: str) -> Schedule:
    spec = f"CRON_TZ={timezone} {schedule}" if timezone else schedule
    in_front = _ZONE_IN_FRONT.match(spec)
    zone = _zone(in_front["zone"] if in_front else "")
    spec = in_front["rest"].strip() if in_front else spec.strip()
    if spec.startswith("@every"):
        raise ValueError("@every is not allowed: its ticks would depend on when the source started")
    if spec.startswith("@") and spec not in WORDS:
        raise ValueError(f"schedule {schedule!r}: {spec} is not among {', '.join(WORDS)}")
    parts = WORDS.get(spec, spec).split()
    if len(parts) not in (5, 6):
        raise ValueError(f"schedule {schedule!r}: expected 5 to 6 fields, found {len(parts)}")
    if len(parts) == 5:
        parts = ["0", *parts]
    try:
        allowed = [_allowed(part, field) for part, field in zip(parts, _FIELDS, strict=True)]
    except ValueError as exc:
        raise ValueError(f"schedule {schedule!r}: {exc}") from exc
    seconds, minutes, hours, days, months, weekdays = (values for values, _ in allowed)
    return Schedule(
        seconds=seconds,
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=weekdays,
        either_day=not (allowed[3][1] or allowed[5][1]),
        zone=zone,
    )


def _allowed(text: str, field: _Field) -> tuple[frozenset[int], bool]:
    """The values of a field, and whether it leaves its day open: a star with a step larger than 1 does not."""
    values: set[int] = set()
    is_open = False
    for part in filter(None, text.split(",")):
        least, most, step, is_star = _range(part, field)
        values |= set(range(least, most + 1, step))
        is_open |= is_star and step == 1
    return frozenset(values), is_open


def _range(text: str, field: _Field) -> tuple[int, int, int, bool]:
    """First, last, step of ``*``, ``?``, ``a``, ``a-b``, each with ``/step``; and whether it is a star."""
    bounds, *steps = text.split("/")
    first, *lasts = bounds.split("-")
    is_star = first in ("*", "?")
    if len(steps) > 1 or len(lasts) > 1:
        raise ValueError(f"{text} has too many {'slashes' if len(steps) > 1 else 'hyphens'}")
    step = _number(steps[0]) if steps else 1
    if is_star:
        least, most = field.least, field.most
    else:
        least = _number(first, field.names)
        most = _number(lasts[0], field.names) if lasts else field.most if steps else least
    if least < field.least or most > field.most or least > most or step < 1:
        raise ValueError(f"{text} is not a range within {field.least} to {field.most}")
    return least, most, step, is_star


def _number(text: str, names: Mapping[str, int] | None = None) -> int:
    if names and text.lower() in names:
        return names[text.lower()]
    if not _NUMBER.match(text):
        raise ValueError(f"{text!r} is not a number")
    return int(text)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo("UTC" if name in ("", "Local") else name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(f"timezone {name!r} is not known") from exc
