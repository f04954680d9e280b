"""Results from each side, and what is made of them, worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.football.table import league_table
from shared.domain.football.team_results import STREAKS, TeamResult, by_team, splits, streaks, sum_up, team_results
from shared.testing.small_league import NORDHAFEN, RECORDS, SUEDSTADT, WESTEND

FIRST_DAY = datetime(2025, 8, 1, 14, tzinfo=UTC)
END = datetime(2026, 7, 1, tzinfo=UTC)
SEASON = [match for match in RECORDS["matches"] if match.match_id < 100]  # type: ignore[attr-defined]


def results(*scores: str, opponent_id: int = 2) -> list[TeamResult]:
    """A team's results, a day apart, at home and away in turns; its own goals stand first."""
    return [
        TeamResult(
            match_id=number, round=number, starts_at=FIRST_DAY + timedelta(days=number), team_id=1, team_name="One",
            opponent_id=opponent_id, opponent_name="Two", is_home=number % 2 == 0, goals_for=int(score[0]),
            goals_against=int(score[2]),
        )
        for number, score in enumerate(scores)
    ]  # fmt: skip


def by_kind(results: list[TeamResult]) -> dict[str, list[tuple[int, int, bool]]]:
    """Length, day of the first and whether it goes on, by kind."""
    result: dict[str, list[tuple[int, int, bool]]] = {}
    for streak in streaks(results):
        result.setdefault(streak.kind, []).append((streak.length, (streak.first_at - FIRST_DAY).days, streak.goes_on))
    return result


def test_sides_are_the_results_that_a_table_counts() -> None:
    result = team_results(SEASON, as_of=END)  # type: ignore[arg-type]
    assert [(side.match_id, side.team_id, side.letter, side.is_home) for side in result] == [
        (1, NORDHAFEN, "W", True), (1, SUEDSTADT, "L", False), (3, WESTEND, "D", True), (3, NORDHAFEN, "D", False),
        (4, SUEDSTADT, "W", True), (4, WESTEND, "L", False),
    ]  # fmt: skip
    assert {side.match_id for side in team_results(SEASON, as_of=datetime(2025, 8, 30, 15, tzinfo=UTC))} == {1}  # type: ignore[arg-type]


def test_records_of_all_teams_are_the_table() -> None:
    table = {row.team_id: row for row in league_table(SEASON, as_of=END, tie_break=("gd",))}  # type: ignore[arg-type]
    for team, own in by_team(team_results(SEASON, as_of=END)).items():  # type: ignore[arg-type]
        result = sum_up(own)
        names = (
            "matches",
            "wins",
            "draws",
            "losses",
            "goals_for",
            "goals_against",
            "goal_difference",
            "points",
            "form",
        )
        assert [getattr(result, name) for name in names] == [getattr(table[team], name) for name in names]


def test_a_record_of_nothing_has_no_mean() -> None:
    assert sum_up([]).points_per_match is None
    assert sum_up(results("2:1", "0:0", "0:3")).points_per_match == 1.333
    assert (sum_up(results("0:0")).clean_sheets, sum_up(results("0:0")).without_goal) == (1, 1)


def test_streaks_are_the_longest_and_the_one_that_goes_on() -> None:
    result = by_kind(results("1:0", "2:0", "0:0", "0:1", "3:1"))
    assert result == {
        "wins": [(2, 0, False), (1, 4, True)], "draws": [(1, 2, False)], "losses": [(1, 3, False)],
        "unbeaten": [(3, 0, False), (1, 4, True)], "winless": [(2, 2, False)], "clean_sheets": [(3, 0, False)],
        "scoring": [(2, 0, False), (1, 4, True)], "without_goal": [(2, 2, False)],
    }  # fmt: skip


def test_of_equally_long_streaks_the_newest_is_told() -> None:
    assert by_kind(results("1:0", "0:1", "1:0"))["wins"] == [(1, 2, True)]
    assert streaks([]) == []


@given(st.lists(st.sampled_from(["1:0", "0:0", "0:1", "2:2"]), min_size=1, max_size=12))
def test_no_run_is_longer_than_the_longest(scores: list[str]) -> None:
    result = results(*scores)
    longest = {kind: max((length for length, _, _ in runs), default=0) for kind, runs in by_kind(result).items()}
    for kind, holds in STREAKS.items():
        lengths = [
            end - start
            for start in range(len(result))
            for end in range(start + 1, len(result) + 1)
            if all(map(holds, result[start:end]))
        ]
        assert longest.get(kind, 0) == max(lengths, default=0)


def test_splits_are_by_venue_third_and_month() -> None:
    strong, weak = results("0:1", opponent_id=2), results("2:0", "1:1", opponent_id=4)
    parts = {(split, part): result.points for split, part, result in splits([*strong, *weak], ranks={2: 1, 1: 2, 4: 3})}
    assert parts == {
        ("venue", "home"): 3, ("venue", "away"): 1, ("opponent", "top"): 0, ("opponent", "middle"): 0,
        ("opponent", "bottom"): 4, ("month", "2025-08"): 4,
    }  # fmt: skip


@pytest.mark.parametrize(("n_teams", "thirds"), [(20, [7, 7, 6]), (18, [6, 6, 6]), (2, [1, 1, 0])])
def test_thirds_are_as_even_as_can_be(n_teams: int, thirds: list[int]) -> None:
    played = [side for team in range(n_teams) for side in results("1:0", opponent_id=team)]
    places = {team: team + 1 for team in range(n_teams)}
    sizes = [result.matches for split, _, result in splits(played, ranks=places) if split == "opponent"]
    assert sizes == thirds
