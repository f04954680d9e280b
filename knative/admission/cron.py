"""Cron schedules as the PingSource webhook reads them; its complaints in its words."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass, field

from knative.admission import gotime
from knative.admission.complaints import listed, quoted

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DESCRIPTORS = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}


class Unscheduled(ValueError):
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


def check(schedule: str) -> None:
    """`Unscheduled` when the schedule, which may start with its time zone, cannot be read."""
    if not schedule:
        raise Unscheduled("empty spec string")
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        start, _, schedule = schedule.partition(" ")
        _check_zone(start.partition("=")[2])
        schedule = schedule.strip()
    if schedule.startswith("@"):
        _check_descriptor(schedule)
        return
    fields = schedule.split()
    if not 5 <= len(fields) <= 6:
        raise Unscheduled(f"expected 5 to 6 fields, found {len(fields)}: {listed(fields)}")
    for text, bounds in zip(fields, _FIELDS[6 - len(fields) :], strict=True):
        for part in filter(None, text.split(",")):
            _check_range(part, bounds)


def _check_zone(name: str) -> None:
    if name in ("", "UTC", "Local"):
        return
    try:
        if ".." in name or name[0] in "/\\":
            raise Unscheduled(f"provided bad location {name}: time: invalid location name")
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as exc:
        if isinstance(exc, Unscheduled):
            raise
        raise Unscheduled(f"provided bad location {name}: unknown time zone {name}") from exc


def _check_descriptor(text: str) -> None:
    if text in _DESCRIPTORS:
        return
    if not text.startswith("@every "):
        raise Unscheduled(f"unrecognized descriptor: {text}")
    duration = text.removeprefix("@every ")
    if gotime.parse_duration(duration) is None:
        raise Unscheduled(f"failed to parse duration {duration}: {gotime.complaint(duration)}")


def _check_range(text: str, bounds: _Bounds) -> None:
    span, *steps = text.split("/")
    low, *high = span.split("-")
    if low in ("*", "?"):
        start, end = bounds.least, bounds.most
    else:
        start = end = _number(low, bounds)
        if len(high) > 1:
            raise Unscheduled(f"too many hyphens: {text}")
        if high:
            end = _number(high[0], bounds)
    if len(steps) > 1:
        raise Unscheduled(f"too many slashes: {text}")
    step = 1
    if steps:
        step = _integer(steps[0])
        end = bounds.most if not high else end
    _check_order(text, start, end, step, bounds)


def _check_order(text: str, start: int, end: int, step: int, bounds: _Bounds) -> None:
    if start < bounds.least:
        raise Unscheduled(f"beginning of range ({start}) below minimum ({bounds.least}): {text}")
    if end > bounds.most:
        raise Unscheduled(f"end of range ({end}) above maximum ({bounds.most}): {text}")
    if start > end:
        raise Unscheduled(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise Unscheduled(f"step of range should be a positive number: {text}")


def _number(text: str, bounds: _Bounds) -> int:
    named = bounds.names.get(text.lower())
    return _integer(text) if named is None else named


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise Unscheduled(f"failed to parse int from {text}: strconv.Atoi: parsing {quoted(text)}: invalid syntax")
    if not -(2**63) <= int(text) < 2**63:
        raise Unscheduled(f"failed to parse int from {text}: strconv.Atoi: parsing {quoted(text)}: value out of range")
    if int(text) < 0:
        raise Unscheduled(f"negative number ({int(text)}) not allowed: {text}")
    return int(text)
