"""Where the source's own tables and ours disagree: what is missing, added wrongly, or parted by another rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from shared.domain.catalogue.competition_rules import SeasonRules
from shared.domain.football.ruled_table import ruled_table
from shared.domain.football.table import TableMatch, TableRow

COUNTED = ("matches", "wins", "draws", "losses", "goals_for", "goals_against", "points")
"""Compared one by one, before the position."""

_VENUES = {"total": "", "home": "home", "away": "away"}


class ToldRow(Protocol):
    """A row of the source's table; a `Standing` record has it, and so may a lighter row."""

    @property
    def kind(self) -> str: ...
    @property
    def group_name(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def team_id(self) -> int: ...
    @property
    def team_name(self) -> str: ...
    @property
    def position(self) -> int: ...
    @property
    def matches(self) -> int: ...
    @property
    def wins(self) -> int: ...
    @property
    def draws(self) -> int: ...
    @property
    def losses(self) -> int: ...
    @property
    def goals_for(self) -> int: ...
    @property
    def goals_against(self) -> int: ...
    @property
    def points(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One number of one team."""

    kind: str
    """total, home or away."""
    team_id: int
    team_name: str
    field: str
    """One of `COUNTED`, or ``position``."""
    source: int | None
    """None: its table does not have the team."""
    ours: int | None
    """None: our matches do not have the team."""


def disagreements(
    matches: Iterable[TableMatch], told: Iterable[ToldRow], *, rules: SeasonRules, as_of: datetime
) -> list[Disagreement]:
    """Compare the source's tables of one season with those that results and known rulings add up to.

    While a season runs, matches and tables are read at different times: each table is held against ours of the moment
    it was told for and of `as_of`, and the one that fits better counts. Where a season has groups or phases, a team's
    row of most matches counts, and its position among the teams of the same table. Positions of level teams that
    nothing parts may stand in any order. Positions at one venue are nobody's official rank and are not compared.

    Parameters
    ----------
    matches : of the season, in any order and state.
    told : the source's rows of that season, of any kind.
    rules : what decides the season besides results.
    as_of : aware; until when results count.

    Returns
    -------
    By kind (total, home, away), then by the source's order; a team that its table lacks comes last. Nothing for kinds
    that were not told.
    """
    matches, rows = list(matches), list(told)
    found: list[Disagreement] = []
    for kind, venue in _VENUES.items():
        newest = _newest(row for row in rows if row.kind == kind)
        if not newest:
            continue
        told_at = datetime.fromtimestamp(max(row.version for row in newest) / 1000, UTC)
        moments = (as_of, min(as_of, told_at))
        tables = [ruled_table(matches, rules=rules, as_of=moment, venue=venue) for moment in moments]
        best: list[Disagreement] = min((_compared(kind, newest, table) for table in tables), key=len)
        found += best
    return found


def _newest(rows: Iterable[ToldRow]) -> list[ToldRow]:
    """Of each team the row with the most matches, by table and position."""
    kept: dict[int, ToldRow] = {}
    for row in rows:
        known = kept.get(row.team_id)
        if known is None or (row.matches, row.version) > (known.matches, known.version):
            kept[row.team_id] = row
    return sorted(kept.values(), key=lambda row: (row.group_name, row.position, row.team_id))


def _compared(kind: str, rows: Sequence[ToldRow], table: Sequence[TableRow]) -> list[Disagreement]:
    ours = {row.team_id: row for row in table}
    found: list[Disagreement] = []
    for row in rows:
        if (our := ours.get(row.team_id)) is None:
            found.append(_disagreement(kind, row, "matches", row.matches, None))
            continue
        found += [
            _disagreement(kind, row, name, getattr(row, name), getattr(our, name))
            for name in COUNTED
            if getattr(row, name) != getattr(our, name)
        ]
        if kind == "total":
            found += _of_position(row, our, rows, ours)
    known = {row.team_id for row in rows}
    return found + [_disagreement(kind, row, "matches", None, row.matches) for row in table if row.team_id not in known]


def _of_position(row: ToldRow, our: TableRow, rows: Sequence[ToldRow], ours: dict[int, TableRow]) -> list[Disagreement]:
    """Its place among the teams of its table, which need not begin with the first position."""
    table = [other for other in rows if other.group_name == row.group_name and other.team_id in ours]
    ranks = [ours[other.team_id].rank for other in table]
    before = sum(other.position < row.position for other in table)
    first, last = sum(rank < our.rank for rank in ranks), sum(rank <= our.rank for rank in ranks) - 1
    if first <= before <= last:
        return []
    return [_disagreement("total", row, "position", row.position, row.position - before + first)]


def _disagreement(kind: str, row: ToldRow | TableRow, field: str, source: int | None, ours: int | None) -> Disagreement:
    return Disagreement(kind=kind, team_id=row.team_id, team_name=row.team_name, field=field, source=source, ours=ours)
