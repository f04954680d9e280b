"""Computes when PingSources tick: cron schedules followed as robfig/cron does, which is what a cluster runs.

When the clocks change, a time that the day leaves out does not come, and one that the day has twice comes twice. Two
restricted day fields mean either; a star with a step restricts its field, unlike crond's. Only its slips after clocks
that change at midnight or by half an hour, a tick on the wrong day or none at all, are not repeated here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from knative.admission import cron

HORIZON_YEARS = 5
"""A schedule without a tick up to the end of the year so far ahead never comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The values each field allows."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    """True if a day has to fit one of the day fields only."""
    zone: ZoneInfo

    def has_day(self, moment: datetime) -> bool:
        """Return True if it ticks at all on a moment's day."""
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
    schedule : five cron fields, six when the first is seconds, or a word such as ``@hourly``.
    timezone : IANA name; empty = UTC, which is what the clock of a container says.
    moment : aware.
    """
    parsed = _parsed(schedule, timezone)
    if not (parsed.hours and parsed.minutes and parsed.seconds):  # such as ",": accepted, and never met
        return None
    moment = moment.astimezone(parsed.zone).replace(microsecond=0)
    last_year = moment.year + HORIZON_YEARS
    moment = _forward(moment, timedelta(seconds=1))
    while moment.year <= last_year:
        ahead = _not_before(parsed, moment)
        if ahead is None:
            return moment
        moment = ahead
    return None


def _not_before(schedule: Schedule, moment: datetime) -> datetime | None:
    """The next moment worth a look; None = this one is a tick."""
    if not schedule.has_day(moment):
        tomorrow = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, fold=0)
        return tomorrow.astimezone(UTC).astimezone(schedule.zone)
    minute = timedelta(seconds=60 - moment.second)
    if moment.hour not in schedule.hours:
        hour = minute + timedelta(minutes=59 - moment.minute)
        there = _forward(moment, hour)
        # The clocks may change within the hour, so that part of it belongs to another one.
        return there if there.utcoffset() == moment.utcoffset() else _forward(moment, minute)
    if moment.minute not in schedule.minutes:
        return _forward(moment, minute)
    return None if moment.second in schedule.seconds else _forward(moment, timedelta(seconds=1))


def _forward(moment: datetime, by: timedelta) -> datetime:
    """So much later on the clock of the world, not on that of the wall."""
    return (moment.astimezone(UTC) + by).astimezone(moment.tzinfo)


@lru_cache(maxsize=256)
def _parsed(schedule: str, timezone: str) -> Schedule:
    try:
        spec = cron.parse(f"CRON_TZ={timezone} {schedule}" if timezone else schedule)
    except cron.InvalidSchedule as exc:
        raise ValueError(f"schedule {schedule!r}: {exc}") from exc
    if not spec.fields:
        raise ValueError("@every is not allowed: its ticks would depend on when the source started")
    seconds, minutes, hours, days, months, weekdays = spec.fields
    return Schedule(
        seconds=seconds.values,
        minutes=minutes.values,
        hours=hours.values,
        days=days.values,
        months=months.values,
        weekdays=weekdays.values,
        either_day=not (days.is_open or weekdays.is_open),
        zone=ZoneInfo("UTC" if spec.zone in ("", "Local") else spec.zone),
    )
