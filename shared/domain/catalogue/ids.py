"""Ids of what archives identify by name only: hashes of names, the same in every run, distinct from any site's ids.

All lie between 2**52 and 2**53: above every id a site gives out, and still exact as numbers of JSON. Ids of one
competition and year lie close together, so that bounds of a stored granule tell whether a match may be in it.
"""

from __future__ import annotations

import hashlib

FIRST = 1 << 52
"""The smallest of these ids."""

_FIRST_YEAR = 1850


def is_archived(id: int) -> bool:
    """True for an id that this module made."""
    return id >= FIRST


def league_id(key: str) -> int:
    """Id of a competition that has no number of its own, such as ``england/3``."""
    return FIRST | _hashed(52, "league", key)


def team_id(*parts: str) -> int:
    """Id of a club: of its key, or of source, country and name where no mapping knows it."""
    return FIRST | _hashed(52, "team", *parts)


def player_id(source: str, number: object) -> int:
    """Id of a player by a source's name or number."""
    return FIRST | _hashed(52, "player", source, str(number))


def season_id(source: str, league_id: int, starts_in: int, *, calendar_year: bool = False) -> int:
    """Id of one source's season of a league: a season has one source, so no table mixes matches of two.

    A season within one calendar year is another than the one that begins in it: a league that changes plays both.
    """
    return FIRST | _hashed(44, *_season_parts(source, league_id, calendar_year)) << 8 | _year(starts_in)


def later_meeting_id(match_id: int, n: int) -> int:
    """Id for a match whose own id belongs to another match of the season; a count tells them apart."""
    return match_id & ~0xFFFF_FFFF | _hashed(32, "meeting", str(match_id), str(n))


class MatchIds:
    """Numbers the matches of one season: by who meets at whose ground, for which time."""

    def __init__(self, source: str, league_id: int, starts_in: int, *, calendar_year: bool = False) -> None:
        """Begin a season; its matches must come in order of time, as the nth meeting is told apart by it."""
        parts = _season_parts(source, league_id, calendar_year)
        self._first = FIRST | _hashed(12, *parts) << 40 | _year(starts_in) << 32
        self._meetings: dict[tuple[str, str], int] = {}
        self._taken: set[int] = set()

    def next(self, home: str, away: str) -> int:
        """The id of the next meeting of two teams, under the names of the source, which no mapping changes."""
        n = self._meetings[home, away] = self._meetings.get((home, away), 0) + 1
        low = _hashed(32, home, away, str(n))
        while low in self._taken:
            low = (low + 1) % (1 << 32)
        self._taken.add(low)
        return self._first | low


def _season_parts(source: str, league_id: int, calendar_year: bool) -> tuple[str, ...]:
    return ("season", source, str(league_id), *(("calendar year",) if calendar_year else ()))


def _year(starts_in: int) -> int:
    return (starts_in - _FIRST_YEAR) & 0xFF


def _hashed(bits: int, *parts: str) -> int:
    """So many bits of a digest of texts, of which none runs into the next."""
    return _number("\x1f".join(parts)) >> (64 - bits)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
