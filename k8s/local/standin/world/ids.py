"""Ids of the site. An event id carries its season, so that a bare `/event/{id}` finds its match without an index."""

from __future__ import annotations

from k8s.local.standin.world.random_streams import stable_hash

_SEASON_PRIME = 39_989
_SEASON_STEP = 7_919
_SEASON_BASE = 50_000
_SEASON_UNSTEP = pow(_SEASON_STEP, -1, _SEASON_PRIME)
_FIRST_YEAR, _N_YEARS = 1990, 64
_EVENT_BITS = 21

_PLAYER_PRIME = 1_999_993
_PLAYER_STEP = 734_567
_PLAYER_UNSTEP = pow(_PLAYER_STEP, -1, _PLAYER_PRIME)
SLOTS, GENERATIONS = 32, 64
"""Places in a squad, and how many players may follow each other on one place."""

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _season_key(league: int, year: int) -> int:
    if not _FIRST_YEAR <= year < _FIRST_YEAR + _N_YEARS:
        raise ValueError(f"season {year}: outside {_FIRST_YEAR}..{_FIRST_YEAR + _N_YEARS - 1}")
    return league * _N_YEARS + year - _FIRST_YEAR


def season_id(league: int, year: int) -> int:
    """Number the season that starts in `year`; opaque, and in no order of leagues or years."""
    return _SEASON_BASE + _season_key(league, year) * _SEASON_STEP % _SEASON_PRIME


def season_of(id: int) -> tuple[int, int] | None:
    """Find (league index, start year) behind a season id; None if no season can have it."""
    key = (id - _SEASON_BASE) * _SEASON_UNSTEP % _SEASON_PRIME
    if not 0 <= id - _SEASON_BASE < _SEASON_PRIME or key >= 16 * _N_YEARS:
        return None
    return key // _N_YEARS, _FIRST_YEAR + key % _N_YEARS


def event_id(league: int, year: int, *identity: object) -> int:
    """Number a match by a stable hash of its identity; below 2**31. Two matches may clash: see `probe`."""
    return (_season_key(league, year) << _EVENT_BITS) | stable_hash(*identity, bits=_EVENT_BITS)


def probe(id: int) -> int:
    """Step to the next event id of the same season, for a match whose id is taken by an earlier one."""
    low = (1 << _EVENT_BITS) - 1
    return (id & ~low) | ((id + 1) & low)


def season_of_event(id: int) -> tuple[int, int] | None:
    """Find (league index, start year) behind an event id; None if the id is out of range."""
    key = id >> _EVENT_BITS
    if not 0 <= key < 16 * _N_YEARS:
        return None
    return key // _N_YEARS, _FIRST_YEAR + key % _N_YEARS


def custom_id(one: int, other: int) -> str:
    """Name the pair of teams: the same text for every meeting, whoever is at home."""
    value = stable_hash("pair", min(one, other), max(one, other), bits=40)
    text = ""
    while value:
        value, digit = divmod(value, len(_LETTERS))
        text += _LETTERS[digit]
    return text


def player_id(club: int, slot: int, generation: int) -> int:
    """Number the player who is the `generation`-th on a place of a club's squad."""
    return 10_000 + ((club * SLOTS + slot) * GENERATIONS + generation) * _PLAYER_STEP % _PLAYER_PRIME


def player_of(id: int) -> tuple[int, int, int] | None:
    """Find (club, slot, generation) behind a player id; None if the id is out of range."""
    if not 0 <= id - 10_000 < _PLAYER_PRIME:
        return None
    key = (id - 10_000) * _PLAYER_UNSTEP % _PLAYER_PRIME
    return key // (SLOTS * GENERATIONS), key // GENERATIONS % SLOTS, key % GENERATIONS
