"""Finds where one season ends and the next begins, for archives that have only dates.

The break is in summer or around New Year: where much is played in the one, it is the other. Where little is played in
both, as in countries with hard winters, it is the one that lets fewer meetings repeat within a season, since two teams
meet once at each ground in most. Competitions have changed from one to the other, so each year asks the years around
it. The season then turns in the middle of the longest stretch without a match there: one that ran late ends late.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

YEARS_AROUND = 2
_SUMMER, _WINTER = 6, 1
_MUCH = 0.05
"""Of the matches of some years, in the one month that every such break holds."""
_AROUND_SUMMER = ((6, 1), (10, 1))
_AROUND_WINTER = ((11, 15), (3, 15))
"""First and last day between which a season may turn; the winter's last one is of the next year."""

Meeting = tuple[date, str, str]
"""Day, home and away."""


@dataclass(frozen=True, slots=True)
class Span:
    """One season: from its first day to that of the next."""

    first: date
    starts_in: int
    calendar_year: bool


def spans(meetings: Sequence[Meeting]) -> list[Span]:
    """The seasons of a competition, in order, each with a starting year of its own; `meetings` in order of days."""
    if not meetings:
        return []
    days = sorted({day for day, _, _ in meetings})
    in_winter = _breaks(meetings)
    turns = {_turn(days, year, winter): winter for year, winter in in_winter.items()}
    firsts = [date.min, *sorted(turn for turn in turns if days[0] < turn <= days[-1])]
    seasons: list[Span] = []
    for first, following in zip(firsts, [*firsts[1:], date.max], strict=True):
        inside = days[bisect_right(days, first) : bisect_right(days, following)]
        if inside and (span := _span(inside)).starts_in not in {known.starts_in for known in seasons[-1:]}:
            seasons.append(span)
    return seasons


def _breaks(meetings: Sequence[Meeting]) -> dict[int, bool]:
    """For each year whether the break is around New Year."""
    months = Counter((day.year, day.month) for day, _, _ in meetings)
    repeats = {winter: _repeats(meetings, winter) for winter in (False, True)}
    winter_breaks = {}
    for year in range(meetings[0][0].year - 1, meetings[-1][0].year + 1):
        around = range(year - YEARS_AROUND, year + YEARS_AROUND + 1)
        n = sum(months[near, month] for near in around for month in range(1, 13))
        summer, winter = (sum(months[near, month] for near in around) for month in (_SUMMER, _WINTER))
        if max(summer, winter) < _MUCH * n or min(summer, winter) > max(summer, winter) / 2:
            again = [sum(repeats[cut][near] for near in around) for cut in (False, True)]
            summer, winter = (summer, winter) if again[0] == again[1] else (again[0], again[1])
        winter_breaks[year] = winter < summer
    return winter_breaks


def _repeats(meetings: Sequence[Meeting], in_winter: bool) -> Counter[int]:
    """How many meetings are not the first of their kind in a season, by year, if seasons turn there."""
    seen: set[tuple[int, str, str]] = set()
    repeats: Counter[int] = Counter()
    for day, home, away in meetings:
        year = day.year if in_winter or day.month > _SUMMER else day.year - 1
        if (meeting := (year, home, away)) in seen:
            repeats[year] += 1
        seen.add(meeting)
    return repeats


def _turn(days: Sequence[date], year: int, in_winter: bool) -> date:
    """The last day of a season that ends in a year, or around its end."""
    begin, end = _AROUND_WINTER if in_winter else _AROUND_SUMMER
    first, last = date(year, *begin), date(year + in_winter, *end)
    inside = [first, *days[bisect_right(days, first) : bisect_right(days, last)], last]
    gap, start = max((after - before, before) for before, after in pairwise(inside))
    return start + timedelta(days=gap.days // 2)


def _span(days: Sequence[date]) -> Span:
    """A season that has matches in two years is called by both, unless the other is but its end or beginning."""
    years = Counter(day.year for day in days)
    ((year, most),) = years.most_common(1)
    calendar_year = most >= 0.8 * len(days)
    return Span(days[0], year if calendar_year else days[0].year, calendar_year)
