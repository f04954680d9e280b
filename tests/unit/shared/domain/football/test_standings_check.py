"""The source's tables against ours, on seasons small enough to count by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.catalogue.competition_rules import SeasonRules
from shared.domain.football.records import Standing
from shared.domain.football.standings_check import Disagreement, find_disagreements
from tests.support.football.match_rows import AUGUST, Row, played

ENDLESS = datetime(2100, 1, 1, tzinfo=UTC)
GOALS = SeasonRules(tie_break=("gd", "gf"), reviewed=True, note="", split=None, per_match_from=None, rulings=())
MEETINGS = replace(GOALS, tie_break=("h2h_points", "gd", "gf"))

# A and B end on 6 points: A by more goals, B by its win over A.
SEASON = [played(1, "AC", "5-0"), played(2, "BA", "1-0", day=7), played(3, "BC", "0-1", day=14),
          played(4, "CA", "0-1", day=21), played(5, "CB", "0-1", day=28)]  # fmt: skip


def row_of(name: str, position: int, record: str, goals: str, points: int) -> Standing:
    """``told("A", 1, "2-0-1", "6-1", 6)``: wins, draws, losses; goals for and against."""
    wins, draws, losses = map(int, record.split("-"))
    scored, conceded = map(int, goals.split("-"))
    return Standing(
        source="sofascore",
        version=int(ENDLESS.timestamp() * 1000),
        league_id=1,
        season_id=1,
        tournament_id=1,
        kind="total",
        team_id=ord(name),
        team_name=name,
        position=position,
        matches=wins + draws + losses,
        wins=wins,
        draws=draws,
        losses=losses,
        goals_for=scored,
        goals_against=conceded,
        points=points,
    )


BY_GOALS = [
    row_of("A", 1, "2-0-1", "6-1", 6),
    row_of("B", 2, "2-0-1", "2-1", 6),
    row_of("C", 3, "1-0-3", "1-7", 3),
]


def compare(
    matches: Sequence[Row], rows: Sequence[Standing], rules: SeasonRules = GOALS
) -> list[tuple[str, str, int | None, int | None]]:
    differences = find_disagreements(matches, rows, rules=rules, as_of=ENDLESS)
    return [(one.team_name, one.field, one.source, one.ours) for one in differences]


def test_equal_tables_have_nothing_to_say() -> None:
    assert compare(SEASON, BY_GOALS) == []


def test_another_tie_break_is_told_by_the_places_of_the_level_teams() -> None:
    assert compare(SEASON, BY_GOALS, MEETINGS) == [("A", "position", 1, 2), ("B", "position", 2, 1)]


def test_a_doctored_row_is_named() -> None:
    rows = [replace(BY_GOALS[0], points=5), BY_GOALS[1], replace(BY_GOALS[2], losses=2, matches=3)]
    assert find_disagreements(SEASON, rows, rules=GOALS, as_of=ENDLESS) == [
        Disagreement(kind="total", team_id=ord("A"), team_name="A", field="points", source=5, ours=6),
        Disagreement(kind="total", team_id=ord("C"), team_name="C", field="matches", source=3, ours=4),
        Disagreement(kind="total", team_id=ord("C"), team_name="C", field="losses", source=2, ours=3),
    ]


def test_teams_that_nothing_parts_may_stand_in_any_order() -> None:
    matches = [played(1, "AB", "1-1"), played(2, "BA", "1-1", day=7)]
    level = [row_of("A", 2, "0-2-0", "2-2", 2), row_of("B", 1, "0-2-0", "2-2", 2)]
    assert compare(matches, level) == []


def test_a_team_that_only_one_side_knows_is_named() -> None:
    assert compare(SEASON, [*BY_GOALS[:2], row_of("D", 3, "0-0-0", "0-0", 0)]) == [
        ("D", "matches", 0, None),
        ("C", "matches", None, 4),
    ]


def test_tables_of_one_venue_are_compared_without_their_places() -> None:
    home = [
        row_of("A", 3, "1-0-0", "5-0", 3),
        row_of("B", 1, "1-0-1", "1-1", 3),
        row_of("C", 2, "0-0-2", "0-2", 0),
    ]
    assert compare(SEASON, [replace(row, kind="home") for row in home]) == []
    away = replace(row_of("A", 1, "1-0-1", "1-2", 3), kind="away")
    assert compare(SEASON, [away])[0] == ("A", "goals_against", 2, 1)


@pytest.mark.parametrize("day", [20, 40])
def test_a_table_may_have_been_told_before_or_after_the_last_results_were_read(day: int) -> None:
    version = int((AUGUST + timedelta(days=day)).timestamp() * 1000)
    before = [
        row_of("A", 1, "1-0-1", "5-1", 3),
        row_of("B", 2, "1-0-1", "1-1", 3),
        row_of("C", 3, "1-0-1", "1-5", 3),
    ]
    rows = before if day == 20 else BY_GOALS
    assert compare(SEASON, [replace(row, version=version) for row in rows]) == []


def test_groups_are_ranked_by_themselves_and_the_phase_before_them_is_history() -> None:
    first = [
        row_of("A", 1, "1-0-0", "5-0", 3),
        row_of("B", 2, "1-0-0", "1-0", 3),
        row_of("C", 3, "0-0-1", "0-5", 0),
    ]
    top = [replace(BY_GOALS[0], group_name="Top"), replace(BY_GOALS[1], group_name="Top")]
    bottom = replace(BY_GOALS[2], group_name="Bottom", position=1)
    assert compare(SEASON, [*first, *top, bottom]) == []
    swapped = [replace(top[0], position=2), replace(top[1], position=1)]
    assert compare(SEASON, [*first, *swapped, bottom]) == [("B", "position", 1, 2), ("A", "position", 2, 1)]


def test_a_kind_that_was_not_told_is_not_missed() -> None:
    assert find_disagreements(SEASON, [], rules=GOALS, as_of=ENDLESS) == []
