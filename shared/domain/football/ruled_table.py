"""The league table under the rules of its season: tie-break, rulings on points, split into groups, an early end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from shared.domain.catalogue.competition_rules import Ruling, SeasonRules, Split
from shared.domain.football.fixtures import current_events
from shared.domain.football.table import PointAdjustment, TableMatch, TableRow, counted_matches, league_table

M = TypeVar("M", bound=TableMatch)


def ruled_table(
    matches: Iterable[M],
    *,
    rules: SeasonRules,
    as_of: datetime,
    venue: str = "",
    n_form: int = 5,
    until_round: int | None = None,
) -> list[TableRow]:
    """Compute the table of one season as it stood at a moment.

    Parameters and errors are those of `shared.domain.football.table.league_table`. Tables of one venue know no rulings
    and no groups. Points that a split has halved are among the adjustments of a row; after it only matches within a
    group count. Points per match decide once a season was cut short.
    """
    events = list(matches)
    rulings = [ruling for ruling in rules.rulings if ruling.applies_from <= as_of and not venue]
    adjustments = [_adjustment(ruling) for ruling in rulings]

    def table(some: Iterable[M], adjustments: Sequence[PointAdjustment]) -> list[TableRow]:
        return league_table(
            some,
            as_of=as_of,
            tie_break=rules.tie_break,
            adjustments=adjustments,
            venue=venue,
            n_form=n_form,
            until_round=until_round,
            win_points=rules.win_points,
        )

    rows = table(events, adjustments)
    if rules.split and not venue and _is_split(rows, rules.split):
        before = table(_select_first(events, rules.split.after), adjustments)
        groups = _groups(before, rules.split)
        halves = _halves(before, groups, rules.split, as_of)
        rows = _grouped(table(_within_groups(events, groups, rules.split), [*adjustments, *halves]), groups)
    if rules.per_match_from and rules.per_match_from <= as_of and not venue:
        rows = _reranked(sorted(rows, key=_per_match, reverse=True), _per_match)
    return _with_last(rows, {ruling.team_id for ruling in rulings if ruling.placed_last})


def ruled_matches(matches: Iterable[M], *, rules: SeasonRules, as_of: datetime) -> list[M]:
    """Return the matches that count in `ruled_table` at a moment, by kick-off."""
    events = list(matches)
    if rules.split:
        rows = league_table(events, as_of=as_of, tie_break=rules.tie_break)
        if _is_split(rows, rules.split):
            adjustments = [_adjustment(ruling) for ruling in rules.rulings if ruling.applies_from <= as_of]
            first = _select_first(events, rules.split.after)
            before = league_table(first, as_of=as_of, tie_break=rules.tie_break, adjustments=adjustments)
            events = _within_groups(events, _groups(before, rules.split), rules.split)
    return [match for match, _ in counted_matches(events, as_of=as_of)]


def tables_by_round(
    matches: Iterable[M], *, rules: SeasonRules, as_of: datetime
) -> Iterator[tuple[int, list[TableRow]]]:
    """Compute the table after each round that has a result.

    A postponed match counts with its own round, and a ruling from the round in which it began to apply. Matches without
    a round are left out.

    Yields
    ------
    The number of the round, and the table after it.
    """
    numbered = [match for match in matches if match.round is not None]
    counted = [match for match, _ in counted_matches(numbered, as_of=as_of)]
    rounds = sorted({match.round for match in counted if match.round is not None})
    for number in rounds:
        until = max(match.starts_at for match in counted if (match.round or 0) <= number)
        rules_then = replace(rules, rulings=tuple(each for each in rules.rulings if each.applies_from <= until))
        yield number, ruled_table(numbered, rules=rules_then, as_of=as_of, until_round=number)


def _adjustment(ruling: Ruling) -> PointAdjustment:
    return PointAdjustment(
        team_id=ruling.team_id, points=ruling.points, applies_from=ruling.applies_from, reason=ruling.reason
    )


def _select_first(events: Sequence[M], n: int) -> list[M]:
    """Return the matches before a split: as many meetings of each pair as make `n` matches for every team.

    By pairs and not by time, as a postponed one is played among those after the split.
    """
    league = current_events(events)
    teams = {team for match in league for team in (match.home_id, match.away_id)}
    n_meetings = n // (len(teams) - 1)
    met: Counter[frozenset[int]] = Counter()
    first = []
    for match in league:
        pair = frozenset((match.home_id, match.away_id))
        met[pair] += 1
        if met[pair] <= n_meetings:
            first.append(match)
    return first


def _is_split(rows: Sequence[TableRow], split: Split) -> bool:
    return any(row.matches > split.after for row in rows)


def _within_groups(events: Sequence[M], groups: Mapping[int, int], split: Split) -> list[M]:
    """The matches before the split, and those within a group."""
    early = {match.match_id for match in _select_first(events, split.after)}
    return [match for match in events if match.match_id in early or _together(match, groups)]


def _groups(before: Sequence[TableRow], split: Split) -> dict[int, int]:
    """Return the number of each team's group."""
    numbers = [number for number, size in enumerate(split.sizes) for _ in range(size)]
    return {row.team_id: number for row, number in zip(before, numbers, strict=False)}


def _together(match: TableMatch, groups: Mapping[int, int]) -> bool:
    return groups.get(match.home_id) == groups.get(match.away_id)


def _halves(
    before: Sequence[TableRow], groups: Mapping[int, int], split: Split, as_of: datetime
) -> list[PointAdjustment]:
    """Return the points that halving takes from the teams of each group that continues with half."""
    return [
        PointAdjustment(
            team_id=row.team_id, points=-_half_taken(row, groups, split), applies_from=as_of, reason="halved"
        )
        for row in before
        if row.team_id in groups and split.halved[groups[row.team_id]]
    ]


def _half_taken(row: TableRow, groups: Mapping[int, int], split: Split) -> int:
    """Half of a team's points, of an odd number the half that its league takes."""
    rounds_down = bool(split.rounds_down) and split.rounds_down[groups[row.team_id]]
    return (row.points + 1) // 2 if rounds_down else row.points // 2


def _grouped(rows: Sequence[TableRow], groups: Mapping[int, int]) -> list[TableRow]:
    """Rows by group, ranked on within it."""
    last = len(groups)
    ordered = sorted(rows, key=lambda row: groups.get(row.team_id, last))
    return _reranked(ordered, lambda row: (groups.get(row.team_id, last), row.rank))


def _per_match(row: TableRow) -> float:
    return row.points / row.matches if row.matches else 0.0


def _reranked(rows: Sequence[TableRow], value: Callable[[TableRow], object]) -> list[TableRow]:
    """Rows in their order, ranked anew; neighbours share a rank where they shared one and have one value."""
    ranked: list[TableRow] = []
    for place, row in enumerate(rows, start=1):
        before = rows[place - 2]
        level = place > 1 and (value(row), row.rank) == (value(before), before.rank)
        ranked.append(replace(row, rank=ranked[-1].rank if level else place))
    return ranked


def _with_last(rows: Sequence[TableRow], last: set[int]) -> list[TableRow]:
    """The rows with some teams moved to the end; those they pass move up."""
    if not any(row.team_id in last for row in rows):
        return list(rows)
    stay = [row for row in rows if row.team_id not in last]
    passed = [sum(other.rank < row.rank for other in rows if other.team_id in last) for row in stay]
    moved = [replace(row, rank=row.rank - n) for row, n in zip(stay, passed, strict=True)]
    return moved + [replace(row, rank=len(stay) + 1) for row in rows if row.team_id in last]
