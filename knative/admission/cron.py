"""Cron schedules as robfig/cron reads them, which webhook and PingSource share; its errors in its words."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass, field

from knative.admission import gotime
from knative.admission.field_errors import go_list, go_quote

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class InvalidSchedule(ValueError):
    """A schedule that cannot be read."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    least: int
    most: int
    names: dict[str, int] = field(default_factory=dict)


_FIELDS = (
    _Bounds(0, 59),
    _Bounds(0, 59),
    _Bounds(0, 23),
    _Bounds(1, 31),
    _Bounds(1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Bounds(0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
"""Second, minute, hour, day, month, day of the week; only the seconds may be left out."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a field allows. A star leaves its field open, unless it steps over some values."""

    values: frozenset[int]
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A schedule that was read."""

    zone: str
    """Of the schedule itself; empty when it names none."""
    fields: tuple[Allowed, ...]
    """Second, minute, hour, day, month, day of the week; none for ``@every``."""


def parse(schedule: str) -> Spec:
    """Read a schedule, which may start with its time zone; `InvalidSchedule` when that cannot be done."""
    zone = ""
    if not schedule:
        raise InvalidSchedule("empty spec string")
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        start, _, schedule = schedule.partition(" ")
        zone = start.partition("=")[2]
        _check_zone(zone)
        schedule = schedule.strip()
    if schedule.startswith("@") and schedule not in _DESCRIPTORS:
        _check_period(schedule)
        return Spec(zone=zone, fields=())
    fields = _DESCRIPTORS.get(schedule, schedule).split()
    if not 5 <= len(fields) <= 6:
        raise InvalidSchedule(f"expected 5 to 6 fields, found {len(fields)}: {go_list(fields)}")
    if len(fields) == 5:
        fields.insert(0, "0")
    return Spec(zone=zone, fields=tuple(map(_allowed, fields, _FIELDS)))


def _allowed(text: str, bounds: _Bounds) -> Allowed:
    parts = [_range(part, bounds) for part in text.split(",") if part]
    return Allowed(frozenset().union(*(part.values for part in parts)), any(part.is_open for part in parts))


def _check_zone(name: str) -> None:
    if name in ("", "UTC", "Local"):
        return
    try:
        if ".." in name or name[0] in "/\\":
            raise InvalidSchedule(f"provided bad location {name}: time: invalid location name")
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as exc:
        if isinstance(exc, InvalidSchedule):
            raise
        raise InvalidSchedule(f"provided bad location {name}: unknown time zone {name}") from exc


def _check_period(text: str) -> None:
    if not text.startswith("@every "):
        raise InvalidSchedule(f"unrecognized descriptor: {text}")
    duration = text.removeprefix("@every ")
    if gotime.parse_duration(duration) is None:
        raise InvalidSchedule(f"failed to parse duration {duration}: {gotime.describe_error(duration)}")


def _range(text: str, bounds: _Bounds) -> Allowed:
    span, *steps = text.split("/")
    low, *high = span.split("-")
    is_star = low in ("*", "?")
    if is_star:
        start, end = bounds.least, bounds.most
    else:
        start = end = _number(low, bounds)
        if len(high) > 1:
            raise InvalidSchedule(f"too many hyphens: {text}")
        if high:
            end = _number(high[0], bounds)
    if len(steps) > 1:
        raise InvalidSchedule(f"too many slashes: {text}")
    step = 1
    if steps:
        step = _integer(steps[0])
        end = bounds.most if not high else end
    _check_order(text, start, end, step, bounds)
    return Allowed(frozenset(range(start, end + 1, step)), is_star and step == 1)


def _check_order(text: str, start: int, end: int, step: int, bounds: _Bounds) -> None:
    if start < bounds.least:
        raise InvalidSchedule(f"beginning of range ({start}) below minimum ({bounds.least}): {text}")
    if end > bounds.most:
        raise InvalidSchedule(f"end of range ({end}) above maximum ({bounds.most}): {text}")
    if start > end:
        raise InvalidSchedule(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise InvalidSchedule(f"step of range should be a positive number: {text}")


def _number(text: str, bounds: _Bounds) -> int:
    number = bounds.names.get(text.lower())
    return _integer(text) if number is None else number


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise InvalidSchedule(
            f"failed to parse int from {text}: strconv.Atoi: parsing {go_quote(text)}: invalid syntax"
        )
    if not -(2**63) <= int(text) < 2**63:
        raise InvalidSchedule(
            f"failed to parse int from {text}: strconv.Atoi: parsing {go_quote(text)}: value out of range"
        )
    if int(text) < 0:
        raise InvalidSchedule(f"negative number ({int(text)}) not allowed: {text}")
    return int(text)
