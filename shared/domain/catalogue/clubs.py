"""One club under the names of many sources: what is on the reviewed list is one team, all else stays apart.

`data/clubs.csv` has a row for each name of a source: the club's key, the source, the country of the competition, the
name, the first and last starting year in which it is meant there (empty unless a name has meant two clubs), and the
site's own number of the club where it is known; such a club has that id everywhere. The first name listed is the one
shown. A name that is not on the list is never guessed: it is reported and gets an id of its own (``touchline teams
suggest`` shows what it might be).
"""

from __future__ import annotations

import csv
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from shared.domain.catalogue import ids
from shared.domain.catalogue.competitions import DATA

_ALWAYS = (0, 9999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Club:
    """A club of the list."""

    key: str
    """Country and name, such as ``england/arsenal``."""
    team_id: int
    name: str
    """As it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """What one source calls a club in the seasons that start from `since` to `until`."""

    club: str
    source: str
    country: str
    name: str
    since: int = _ALWAYS[0]
    until: int = _ALWAYS[1]
    number: int = 0
    """The site's id of the club; 0 where unknown."""


def club(source: str, country: str, name: str, starts_in: int) -> Club | None:
    """Whom a source means by a name in a season; None when nobody has said so."""
    for entry in _by_name().get((source, country, _spelled(name)), ()):
        if entry.since <= starts_in <= entry.until:
            return _clubs()[entry.club]
    return None


def by_key(key: str) -> Club:
    """A club of the list by its key, which must be there."""
    return _clubs()[key]


@cache
def names() -> tuple[Name, ...]:
    """The whole list."""
    with (DATA / "clubs.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_name(row) for row in csv.DictReader(file))


def _name(row: dict[str, str]) -> Name:
    return Name(
        club=row["club"],
        source=row["source"],
        country=row["country"],
        name=row["name"],
        since=int(row["since"] or _ALWAYS[0]),
        until=int(row["until"] or _ALWAYS[1]),
        number=int(row["number"] or 0),
    )


def _spelled(name: str) -> str:
    """A name in one spelling: letters composed (NFC), one kind of apostrophe and dash, single blanks."""
    return " ".join(unicodedata.normalize("NFC", name).translate(_ONE_SIGN).split())


_ONE_SIGN = str.maketrans("\u2019\u2018\u00b4`\u2013\u2010\u2011", "''''---")


@cache
def _clubs() -> dict[str, Club]:
    numbers = {entry.club: entry.number for entry in names() if entry.number}
    display_names: dict[str, str] = {}
    for entry in names():
        display_names.setdefault(entry.club, entry.name)
    return {
        key: Club(key=key, team_id=numbers.get(key) or ids.team_id(key), name=name)
        for key, name in display_names.items()
    }


@cache
def _by_name() -> dict[tuple[str, str, str], list[Name]]:
    entries: dict[tuple[str, str, str], list[Name]] = defaultdict(list)
    for entry in names():
        entries[entry.source, entry.country, _spelled(entry.name)].append(entry)
    return dict(entries)
