"""Compares the source's tables with ours: finds missing matches, wrong sums, and another order of level teams."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from shared.domain.catalogue.competition_rules import SeasonRules
from shared.domain.football.ruled_table import ruled_table
from shared.domain.football.table import TableMatch, TableRow

COMPARED_FIELDS = ("matches", "wins", "draws", "losses", "goals_for", "goals_against", "points")
"""Fields that are compared one by one, before the position."""

_VENUES = {"total": "", "home": "home", "away": "away"}


class SourceRow(Protocol):
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
    """One of `COMPARED_FIELDS`, or ``position``."""
    source: int | None
    """None: its table does not have the team."""
    ours: int | None
    """None: our matches do not have the team."""


def find_disagreements(
    matches: Iterable[TableMatch], source_rows: Iterable[SourceRow], *, rules: SeasonRules, as_of: datetime
) -> list[Disagreement]:
    """Compare the source's tables of one season with those that results and known rulings add up to.

    While a season runs, matches and tables are read at different times: each table is compared with ours at the moment
    it was published and at `as_of`, and the better fit counts. Where a season has groups or phases, a team's
    row of most matches counts, and its position among the teams of the same table. Level teams without a
    tie-break may stand in any order. Positions at one venue are no official ranks and are not compared.

    Parameters
    ----------
    matches : of the season, in any order and state.
    source_rows : the source's rows of that season, of any kind.
    rules : what decides the season besides results.
    as_of : aware; until when results count.

    Returns
    -------
    By kind (total, home, away), then by the source's order; a team that its table lacks comes last. Nothing for kinds
    without rows.
    """
    matches, rows = list(matches), list(source_rows)
    result: list[Disagreement] = []
    for kind, venue in _VENUES.items():
        newest = _select_newest(row for row in rows if row.kind == kind)
        if not newest:
            continue
        published_at = datetime.fromtimestamp(max(row.version for row in newest) / 1000, UTC)
        moments = (as_of, min(as_of, published_at))
        tables = [ruled_table(matches, rules=rules, as_of=moment, venue=venue) for moment in moments]
        best: list[Disagreement] = min((_compare_rows(kind, newest, table) for table in tables), key=len)
        result += best
    return result


def _select_newest(rows: Iterable[SourceRow]) -> list[SourceRow]:
    """Return each team's row with the most matches, by table and position."""
    newest: dict[int, SourceRow] = {}
    for row in rows:
        other = newest.get(row.team_id)
        if other is None or (row.matches, row.version) > (other.matches, other.version):
            newest[row.team_id] = row
    return sorted(newest.values(), key=lambda row: (row.group_name, row.position, row.team_id))


def _compare_rows(kind: str, rows: Sequence[SourceRow], table: Sequence[TableRow]) -> list[Disagreement]:
    ours = {row.team_id: row for row in table}
    result: list[Disagreement] = []
    for row in rows:
        if (our := ours.get(row.team_id)) is None:
            result.append(_make_disagreement(kind, row, "matches", row.matches, None))
            continue
        result += [
            _make_disagreement(kind, row, name, getattr(row, name), getattr(our, name))
            for name in COMPARED_FIELDS
            if getattr(row, name) != getattr(our, name)
        ]
        if kind == "total":
            result += _compare_position(row, our, rows, ours)
    source_teams = {row.team_id for row in rows}
    return result + [
        _make_disagreement(kind, row, "matches", None, row.matches) for row in table if row.team_id not in source_teams
    ]


def _compare_position(
    row: SourceRow, our: TableRow, rows: Sequence[SourceRow], ours: dict[int, TableRow]
) -> list[Disagreement]:
    """Compare a team's position among the teams of its table, which need not begin with position 1."""
    table = [other for other in rows if other.group_name == row.group_name and other.team_id in ours]
    ranks = [ours[other.team_id].rank for other in table]
    before = sum(other.position < row.position for other in table)
    first, last = sum(rank < our.rank for rank in ranks), sum(rank <= our.rank for rank in ranks) - 1
    if first <= before <= last:
        return []
    return [_make_disagreement("total", row, "position", row.position, row.position - before + first)]


def _make_disagreement(
    kind: str, row: SourceRow | TableRow, field: str, source: int | None, ours: int | None
) -> Disagreement:
    return Disagreement(kind=kind, team_id=row.team_id, team_name=row.team_name, field=field, source=source, ours=ours)
