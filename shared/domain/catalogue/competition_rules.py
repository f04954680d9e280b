"""What decides a league's table besides results, season by season: tie-breaks, splits, rulings, an early end.

Read from `data/`, where every row says whether it was reviewed: what stands there as ``no`` is general knowledge that
nobody has held against the competition's own text yet. Seasons are named by the calendar year they begin in.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from shared.domain.catalogue import clubs, competitions

DATA = Path(__file__).parent / "data"

Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """After so many matches of everyone the table falls into groups, which play on among themselves."""

    after: int
    sizes: tuple[int, ...]
    """Teams of each group, the best first."""
    halved: tuple[bool, ...]
    """Whether a group goes on with half its points."""
    rounds_down: tuple[bool, ...] = ()
    """Whether half of an odd number is rounded down; up where nothing is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a court or league decided about a club's table."""

    club: str
    """Its key in `catalogue/data/clubs.csv`."""
    team_id: int
    points: int
    """Given, or taken if negative; 0 for a ruling on the place alone."""
    placed_last: bool
    applies_from: datetime
    reason: str
    reviewed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonRules:
    """The rules of one league and season."""

    tie_break: tuple[str, ...]
    """After points, for `shared.domain.football.table`."""
    reviewed: bool
    """Whether the tie-break was held against the competition's text."""
    note: str
    """What the chain cannot say."""
    split: Split | None
    per_match_from: datetime | None
    """When the season was cut short and places began to go by points per match."""
    rulings: tuple[Ruling, ...]
    win_points: int = 3
    """For a win; a draw is worth 1."""
    source: str = ""
    """Who says so of the tie-break; empty where no rule is known."""


def of_season(slug: str, starts_in: int) -> SeasonRules:
    """The rules of a league's season; of a league nobody has written rules for: by goals.

    Parameters
    ----------
    slug : of a league of the catalogue, or the id of any other, whose rules stand under its competition's key.
    """
    slug = _rules_name(slug)
    chosen = _newest((row for row in _rows("tie_breaks") if row["league"] == slug), starts_in)
    return SeasonRules(
        tie_break=tuple(chosen["chain"].split()) if chosen else ("gd", "gf"),
        reviewed=chosen is not None and chosen["reviewed"] == "yes",
        note=chosen["note"] if chosen else "",
        source=chosen["source"] if chosen else "",
        split=_split(slug, starts_in),
        win_points=_win_points(slug.partition("/")[0], starts_in),
        per_match_from=next(
            (
                _midnight(row["applies_from"])
                for row in _rows("cut_short")
                if (row["league"], row["season"]) == (slug, str(starts_in))
            ),
            None,
        ),
        rulings=tuple(
            _ruling(row) for row in _rows("rulings") if (row["league"], row["season"]) == (slug, str(starts_in))
        ),
    )


def _rules_name(slug: str) -> str:
    if slug.isdecimal() and (competition := competitions.by_league_id(int(slug))):
        return competition.key
    return slug


def newest_tie_break(slug: str) -> tuple[str, ...]:
    """The chain of the seasons to come."""
    return of_season(slug, 9999).tie_break


def _newest(rows: Iterable[Row], starts_in: int) -> Row | None:
    known = [row for row in rows if int(row["since"]) <= starts_in]
    return max(known, key=lambda row: int(row["since"]), default=None)


def _win_points(country: str, starts_in: int) -> int:
    """By the first row of the country that reaches this season; later seasons have three points."""
    rows = [row for row in _rows("win_points") if row["country"] == country and starts_in <= int(row["until"])]
    return int(min(rows, key=lambda row: int(row["until"]))["points"]) if rows else 3


def _split(slug: str, starts_in: int) -> Split | None:
    for row in _rows("splits"):
        if row["league"] == slug and int(row["since"]) <= starts_in <= int(row["until"]):
            return Split(
                after=int(row["after"]),
                sizes=tuple(map(int, row["sizes"].split())),
                halved=tuple(text in ("yes", "down") for text in row["halved"].split()),
                rounds_down=tuple(text == "down" for text in row["halved"].split()),
            )
    return None


def _ruling(row: Row) -> Ruling:
    return Ruling(
        club=row["club"],
        team_id=clubs.by_key(row["club"]).team_id,
        points=int(row["points"] or 0),
        placed_last=row["place"] == "last",
        applies_from=_midnight(row["applies_from"]),
        reason=row["reason"],
        reviewed=row["reviewed"] == "yes",
    )


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@cache
def _rows(name: str) -> tuple[Row, ...]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
