"""Fixture lists: who meets whom in which round, and on which days a league plays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from k8s.local.standin.world.leagues import League

SATURDAY, WEDNESDAY = 5, 2
_DEFAULT_MINUTE = {SATURDAY: 15 * 60, WEDNESDAY: 19 * 60}
_INTERNATIONAL_WEEKENDS = ((9, 5), (10, 10), (11, 14), (3, 26))
"""The Saturday on or after these days (month, day) is left to national teams."""


def double_round_robin(n_teams: int, rng: Random) -> list[list[tuple[int, int]]]:
    """Pair `n_teams` (an even number) so that each meets each at home and away.

    Returns
    -------
    list of 2 * (n_teams - 1) rounds, each of n_teams / 2 pairs (home, away). Circle method: the last team stays, the
    others turn; sides alternate so that nobody has more than a few home matches in a row.
    """
    order = list(range(n_teams))
    rng.shuffle(order)
    fixed, ring = order[-1], order[:-1]
    first: list[list[tuple[int, int]]] = []
    for turn in range(n_teams - 1):
        line = ring[turn:] + ring[:turn]
        pairs = [(fixed, line[0]) if turn % 2 else (line[0], fixed)]
        for k in range(1, n_teams // 2):
            one, other = line[k], line[-k]
            pairs.append((one, other) if k % 2 else (other, one))
        first.append(pairs)
    return first + [[(away, home) for home, away in pairs] for pairs in first]


def round_days(league: League, year: int, n_rounds: int) -> list[date]:
    """Choose the days of the rounds of a season: Saturdays, and Wednesdays if those do not suffice."""
    first = _on_or_after(date(year, *league.first_saturday), SATURDAY)
    last = date(year + 1, *league.last_saturday)
    closed = {_on_or_after(date(year + (month < 7), month, day), SATURDAY) for month, day in _INTERNATIONAL_WEEKENDS}
    saturdays = [day for day in _weekly(first, last) if day not in closed and not _resting(league, day, year)]
    n_missing = n_rounds - len(saturdays)
    if n_missing <= 0:
        return saturdays[:n_rounds]
    gaps = range(len(saturdays) // 4, len(saturdays) - 4)
    weeks = [saturdays[gaps[k * len(gaps) // n_missing]] for k in range(n_missing)]
    return sorted(saturdays + [day + timedelta(days=4) for day in weeks])


def replay_day(after: date, last: date, rng: Random) -> date:
    """Choose the Wednesday of a postponed match: three to nine weeks on, before the season's last day."""
    day = _on_or_after(after + timedelta(weeks=rng.randrange(3, 9)), WEDNESDAY)
    while day >= last:
        day -= timedelta(weeks=1)
    return day


def kick_offs(league: League, day: date, n_matches: int, is_finale: bool, rng: Random) -> list[int]:
    """Return the start of each match of a round, seconds since 1970; in the last rounds all start together."""
    if is_finale:
        return [at(day, _DEFAULT_MINUTE[SATURDAY])] * n_matches
    if day.weekday() != SATURDAY:
        return [at(day + timedelta(days=k % 2), (18 * 60 + 30, 20 * 60)[k % 2]) for k in range(n_matches)]
    slots = [league.kick_offs[k * len(league.kick_offs) // n_matches] for k in range(n_matches)]
    rng.shuffle(slots)
    return [at(day + timedelta(days=days), minute) for days, minute in slots]


def provisional(day: date) -> int:
    """Return the start every match of a round has until the broadcasters have chosen."""
    return at(day, _DEFAULT_MINUTE.get(day.weekday(), _DEFAULT_MINUTE[SATURDAY]))


def at(day: date, minute: int) -> int:
    """Return seconds since 1970 of a minute of a day in UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + 60 * minute


def _on_or_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _weekly(first: date, last: date) -> list[date]:
    return [first + timedelta(weeks=k) for k in range((last - first).days // 7 + 1)]


def _resting(league: League, day: date, year: int) -> bool:
    if league.winter_break is None:
        return False
    (from_month, from_day), (to_month, to_day) = league.winter_break
    return date(year + (from_month < 7), from_month, from_day) <= day <= date(year + (to_month < 7), to_month, to_day)
