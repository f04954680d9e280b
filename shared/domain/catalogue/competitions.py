"""Which competition a source means by its code; `data/competitions.csv` is the list, reviewed by hand.

A competition the site numbers has that number as its id, so that what archives tell of it stands beside what was
collected; any other has one made of its key.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.domain.catalogue import ids

DATA = Path(__file__).parent / "data"
CODES = ("footballdata", "openfootball", "datahub", "understat", "wyscout")
"""Sources that name a competition by a code of their own; the columns of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Competition:
    """A league, or a cup."""

    key: str
    """Country and tier (``england/1``), or area and cup (``europe/champions-league``)."""
    league_id: int
    name: str
    country: str
    """Empty where clubs of several meet."""
    zone: str = "UTC"
    """Of its kick-offs' local time."""


def by_code(source: str, code: str) -> Competition | None:
    """What a source means by a code; None for one that is not on the list."""
    return _by_code().get((source, code))


def code_of(source: str, competition: Competition) -> str:
    """The code by which a source means a competition; empty where it has none on the list."""
    return next((row[source] for row in _rows() if row["key"] == competition.key), "")


def by_key(key: str, *, name: str = "", country: str = "") -> Competition:
    """The competition of a key; one that is not on the list is made, under the name given."""
    known = _by_key().get(key)
    return known or Competition(key=key, league_id=ids.league_id(key), name=name or key.title(), country=country)


def by_league_id(league_id: int) -> Competition | None:
    """The competition on the list that has this league id."""
    return _by_league_id().get(league_id)


@cache
def _by_league_id() -> dict[int, Competition]:
    return {competition.league_id: competition for competition in _by_key().values()}


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with (DATA / "competitions.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def _by_key() -> dict[str, Competition]:
    return {row["key"]: _competition(row) for row in _rows()}


@cache
def _by_code() -> dict[tuple[str, str], Competition]:
    return {(source, row[source]): _by_key()[row["key"]] for row in _rows() for source in CODES if row[source]}


def _competition(row: dict[str, str]) -> Competition:
    return Competition(
        key=row["key"],
        league_id=int(row["league_id"]) if row["league_id"] else ids.league_id(row["key"]),
        name=row["name"],
        country=row["country"],
        zone=row["zone"],
    )
