"""Cron schedules as PingSource takes them: five fields, six with seconds, or a word such as ``@hourly``."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


def check(schedule: str, timezone: str) -> None:
    """`ValueError` unless both can be used."""
    if schedule.startswith("@every"):
        raise ValueError("@every is not allowed: its ticks would depend on when the source started")
    next_after(schedule, timezone, datetime.now(_zone(timezone)))


def next_after(schedule: str, timezone: str, moment: datetime) -> datetime:
    """The first tick after a moment, in the schedule's zone.

    Parameters
    ----------
    schedule : five cron fields, six when the first is seconds, or a word of `WORDS`.
    timezone : IANA name.
    moment : aware.
    """
    try:
        ticks = CronSim(WORDS.get(schedule, schedule), moment.astimezone(_zone(timezone)))
        found: datetime = next(ticks)
    except (CronSimError, StopIteration) as exc:
        raise ValueError(f"schedule {schedule!r}: {exc or 'never comes'}") from exc
    return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(f"timezone {name!r} is not known") from exc
