"""The league table under the rules of its season: its tie-break, its rulings on points, its split into groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from shared.domain.competition_rules import Ruling, SeasonRules, Split
from shared.domain.fixtures import current_events
from shared.domain.table import PointAdjustment, TableMatch, TableRow, league_table

M = TypeVar("M", bound=TableMatch)


def ruled_table(
    matches: Iterable[M], *, rules: SeasonRules, as_of: datetime, venue: str = "", n_form: int = 5
) -> list[TableRow]:
    """Compute the table of one season as it stood at a moment.

    Parameters and errors are those of `shared.domain.table.league_table`. Tables of one venue know no rulings and no
    groups. Points that a split has halved are among the adjustments of a row.
    """
    events = list(matches)
    rulings = [ruling for ruling in rules.rulings if ruling.applies_from <= as_of and not venue]
    given = [_adjustment(ruling) for ruling in rulings]

    def table(some: Iterable[M], adjustments: Sequence[PointAdjustment]) -> list[TableRow]:
        return league_table(
            some, as_of=as_of, tie_break=rules.tie_break, adjustments=adjustments, venue=venue, n_form=n_form
        )

    rows = table(events, given)
    if rules.split and not venue and any(row.matches > rules.split.after for row in rows):
        before = table(_first(events, rules.split.after), given)
        rows = _grouped(table(events, [*given, *_halves(before, rules.split, as_of)]), before, rules.split)
    return _with_last(rows, {ruling.team_id for ruling in rulings if ruling.placed_last})


def _adjustment(ruling: Ruling) -> PointAdjustment:
    return PointAdjustment(
        team_id=ruling.team_id, points=ruling.points, applies_from=ruling.applies_from, reason=ruling.reason
    )


def _first(events: Sequence[M], n: int) -> list[M]:
    """The matches before which both teams had played fewer than `n`."""
    played: Counter[int] = Counter()
    found = []
    for match in current_events(events):
        if max(played[match.home_id], played[match.away_id]) < n:
            found.append(match)
        played.update((match.home_id, match.away_id))
    return found


def _halves(before: Sequence[TableRow], split: Split, as_of: datetime) -> list[PointAdjustment]:
    """What halving takes from the teams of each group that goes on with half."""
    halved = [halved for size, halved in zip(split.sizes, split.halved, strict=True) for _ in range(size)]
    return [
        PointAdjustment(team_id=row.team_id, points=-(row.points // 2), applies_from=as_of, reason="halved")
        for row, is_halved in zip(before, halved, strict=False)
        if is_halved
    ]


def _grouped(rows: Sequence[TableRow], before: Sequence[TableRow], split: Split) -> list[TableRow]:
    """Rows by group, ranked on within it."""
    found: list[TableRow] = []
    first = 0
    for size in (*split.sizes, len(before)):
        members = {row.team_id for row in before[first : first + size]}
        first += size
        group = [row for row in rows if row.team_id in members]
        ranks = [1 + sum(other.rank < row.rank for other in group) for row in group]
        found += [replace(row, rank=len(found) + rank) for row, rank in zip(group, ranks, strict=True)]
    return found


def _with_last(rows: Sequence[TableRow], last: set[int]) -> list[TableRow]:
    """The rows with some teams moved to the end; those they pass move up."""
    if not any(row.team_id in last for row in rows):
        return list(rows)
    stay = [row for row in rows if row.team_id not in last]
    moved = [replace(row, rank=row.rank - sum(other.rank < row.rank for other in rows if other.team_id in last))
             for row in stay]  # fmt: skip
    return moved + [replace(row, rank=len(stay) + 1) for row in rows if row.team_id in last]
