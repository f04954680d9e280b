"""League tables: every criterion worked by hand, and laws that hold for any season."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.catalogue.leagues import CATALOGUE
from shared.domain.football.table import PointAdjustment, TableRow, league_table
from shared.errors import InvalidInput
from tests.support.football.match_rows import AUGUST, Row, played

LATER = AUGUST + timedelta(days=400)


def table(*matches: Row, tie_break: tuple[str, ...] = ("gd", "gf"), as_of: datetime = LATER, venue: str = "",
          adjustments: tuple[PointAdjustment, ...] = ()) -> list[TableRow]:  # fmt: skip
    return league_table(matches, as_of=as_of, tie_break=tie_break, venue=venue, adjustments=adjustments)


def ranks(rows: list[TableRow]) -> str:
    return " ".join(f"{row.rank}{row.team_name}" for row in rows)


def test_points_goals_and_form_of_a_small_league() -> None:
    a, b, c = table(
        played(1, "AB", "2-1"),
        played(2, "CA", "0-0", day=7, round=2),
        played(3, "BC", "3-1", day=14, round=3),
        played(4, "AC", "1-0", day=21, round=4),
    )
    assert a == TableRow(
        rank=1, team_id=65, team_name="A", matches=3, wins=2, draws=1, losses=0, goals_for=3, goals_against=1,
        goal_difference=2, points=7, adjustment=0, form="WDW",
    )  # fmt: skip
    assert (b.points, b.goals_for, b.goals_against, b.form) == (3, 4, 3, "LW")
    assert (c.points, c.goals_for, c.goals_against, c.form) == (1, 1, 4, "DLL")


def test_form_keeps_the_last_five_newest_last() -> None:
    results = [played(n, "AB", score, day=n, round=n) for n, score in enumerate(["0-1", "1-0", "1-1"] * 2, start=1)]
    assert table(*results)[0].form == "WDLWD"


def test_goal_difference_then_goals_part_level_teams() -> None:
    matches = (played(1, "AX", "3-1"), played(2, "BY", "2-0"), played(3, "CZ", "1-0"))
    assert ranks(table(*matches)).startswith("1A 2B 3C")
    assert ranks(table(*matches, tie_break=("gf", "gd"))).startswith("1A 2B 3C")
    assert ranks(table(*matches, tie_break=("gd",))).startswith("1A 1B 3C")


def test_more_wins_part_level_teams() -> None:
    # A: one win, two defeats; B: three draws, better goal difference.
    matches = (
        played(1, "AC", "1-0"), played(2, "AD", "0-1"), played(3, "AE", "0-1"),
        played(4, "BC", "1-1"), played(5, "BD", "1-1"), played(6, "BE", "1-1"),
    )  # fmt: skip
    by_wins, by_difference = (
        [row.team_name for row in table(*matches, tie_break=tie_break) if row.team_name in "AB"]
        for tie_break in (("wins", "gd"), ("gd", "wins"))
    )
    assert (by_wins, by_difference) == (["A", "B"], ["B", "A"])


LEVEL_PAIR = (
    # A and B have 6 points each. A won both meetings in sum 3-1, B has the better goal difference over all.
    played(1, "AB", "2-0"),
    played(2, "BA", "1-1", day=1, round=2),
    played(3, "AC", "0-1", day=2, round=3),
    played(4, "CA", "2-2", day=3, round=4),
    played(5, "BC", "4-0", day=4, round=5),
    played(6, "CB", "1-1", day=5, round=6),
)


def test_head_to_head_points_come_before_goals_where_the_league_says_so() -> None:
    rows = {row.team_name: (row.points, row.goal_difference) for row in table(*LEVEL_PAIR)}
    assert rows == {"A": (5, 1), "B": (5, 2), "C": (5, -3)}
    assert ranks(table(*LEVEL_PAIR, tie_break=("gd",))) == "1B 2A 3C"
    # All three have 5 points, all from meetings among the three: goals over all decide.
    assert ranks(table(*LEVEL_PAIR, tie_break=("h2h_points", "gd"))) == "1B 2A 3C"
    without_c = [match for match in LEVEL_PAIR if "C" not in (match.home_name, match.away_name)]
    assert ranks(table(*without_c, tie_break=("h2h_points",))) == "1A 2B"


def test_head_to_head_looks_at_the_level_teams_only() -> None:
    # A and B end on 4 points. B beat A; A's better goal difference comes from X, who is not level.
    matches = (
        played(1, "BA", "1-0"),
        played(2, "AX", "5-0", day=1),
        played(3, "AY", "1-1", day=2),
        played(4, "BX", "0-1", day=3),
        played(5, "BY", "2-2", day=4),
    )
    assert ranks(table(*matches, tie_break=("gd",)))[:5] == "1A 2B"
    assert ranks(table(*matches, tie_break=("h2h_points", "gd")))[:5] == "1B 2A"


def test_head_to_head_goal_difference_parts_those_level_on_head_to_head_points() -> None:
    matches = (
        played(1, "AB", "1-0"),
        played(2, "BA", "3-1", day=1),
        played(3, "AX", "9-0", day=2),
        played(4, "BX", "1-0", day=3),
    )
    assert ranks(table(*matches, tie_break=("h2h_points", "h2h_gd", "gd")))[:5] == "1B 2A"
    assert ranks(table(*matches, tie_break=("h2h_points", "gd")))[:5] == "1A 2B"


def test_head_to_head_away_goals_part_those_level_on_everything_else() -> None:
    # 1-1 at A, 2-2 at B: A scored two away, B one.
    matches = (played(1, "AB", "1-1"), played(2, "BA", "2-2", day=1))
    assert ranks(table(*matches, tie_break=("h2h_points", "h2h_away_goals"))) == "1A 2B"
    assert ranks(table(*matches, tie_break=("h2h_points", "h2h_gd", "gd", "gf"))) == "1A 1B"


def test_head_to_head_is_applied_again_to_a_smaller_group_that_stays_level() -> None:
    # A, B and C have 7 points each. Among the three A and B have 7 points, C has 3 (3-0 at A); D and E help C.
    # Between A and B alone A won 1-0 and drew 1-1.
    matches = (
        played(1, "AB", "1-0"), played(2, "BA", "1-1", day=1),
        played(3, "AC", "0-3", day=2), played(4, "CA", "0-1", day=3),
        played(5, "BC", "4-0", day=4), played(6, "CB", "0-2", day=5),
        played(7, "CD", "4-0", day=6), played(8, "CE", "1-1", day=7),
    )  # fmt: skip
    rows = table(*matches, tie_break=("h2h_points", "h2h_gd"))
    assert {row.team_name: row.points for row in rows if row.team_name in "ABC"} == {"A": 7, "B": 7, "C": 7}
    # Over the three B's goals are 7-2, A's 3-4: head-to-head criteria of one step look at the three together.
    assert ranks(rows).startswith("1B 2A 3C")
    # By head-to-head points A and B stay level; their own meetings put A first, before goals over all are asked.
    assert ranks(table(*matches, tie_break=("h2h_points", "gd"))).startswith("1A 2B 3C")


def test_teams_that_nothing_parts_share_a_rank_by_name() -> None:
    rows = table(played(1, "DC", "1-1"), played(2, "BA", "1-1"), played(3, "XY", "0-1"))
    assert ranks(rows) == "1Y 2A 2B 2C 2D 6X"


def test_only_results_that_stand_count() -> None:
    void = [played(n, "AB", "5-0", code=code, round=n) for n, code in enumerate((60, 70, 80, 90, 93, 6, 31, 7, 555), 2)]
    rows = table(played(1, "AB", "1-0"), *void)
    assert [(row.team_name, row.matches, row.goals_for) for row in rows] == [("A", 1, 1), ("B", 1, 0)]


@pytest.mark.parametrize("code", [91, 92])
def test_awarded_results_count(code: int) -> None:
    awarded = dataclasses.replace(
        played(1, "AB", code=code), home_goals=None, away_goals=None, home_goals_display=0, away_goals_display=3
    )
    assert ranks(table(awarded)) == "1B 2A"


def test_knock_out_matches_are_no_league_matches() -> None:
    final = played(2, "BA", "4-0", day=9, round=29, round_name="Final", tournament_id=2)
    play_off = played(3, "BX", "4-0", day=9, code=110)
    rows = table(played(1, "AB", "1-0"), final, play_off)
    assert [(row.team_name, row.points) for row in rows] == [("A", 3), ("B", 0)]


def test_a_postponed_match_never_counts_and_its_replay_counts_once() -> None:
    rows = table(played(1, "AB", "3-0", code=60), played(9, "AB", "0-1", day=30))
    assert [(row.team_name, row.points, row.matches) for row in rows] == [("B", 3, 1), ("A", 0, 1)]


def test_a_match_counts_110_minutes_after_kick_off() -> None:
    match = played(1, "AB", "1-0")
    whistle = match.starts_at + timedelta(minutes=110)
    assert table(match, as_of=whistle)[0].matches == 0
    assert table(match, as_of=whistle + timedelta(seconds=1))[0].matches == 1


def test_any_moment_can_be_asked_for() -> None:
    for moment in (datetime.min, datetime.max):
        assert len(table(played(1, "AB", "1-0"), as_of=moment.replace(tzinfo=UTC))) == 2


def test_before_the_first_match_every_team_stands_with_nothing() -> None:
    rows = table(played(2, "BC", "1-0"), played(1, "AB", "1-0"), as_of=AUGUST - timedelta(days=1))
    assert ranks(rows) == "1A 1B 1C"
    assert {row.points for row in rows} == {0}


def test_a_deduction_counts_from_its_date() -> None:
    ruling = PointAdjustment(team_id=ord("A"), points=-2, applies_from=AUGUST + timedelta(days=10), reason="accounts")
    matches = (played(1, "AB", "1-0"), played(2, "CD", "2-2"))
    before = table(*matches, adjustments=(ruling,), as_of=AUGUST + timedelta(days=9))
    after = table(*matches, adjustments=(ruling,), as_of=AUGUST + timedelta(days=10))
    assert [(row.points, row.adjustment) for row in before if row.team_name == "A"] == [(3, 0)]
    assert [(row.points, row.adjustment) for row in after if row.team_name == "A"] == [(1, -2)]


def test_home_and_away_tables_add_up_to_the_whole() -> None:
    whole, home, away = (
        {row.team_name: row for row in table(*LEVEL_PAIR, venue=venue)} for venue in ("", "home", "away")
    )
    assert (home["A"].points, home["A"].matches, away["A"].points) == (3, 2, 2)
    for name, row in whole.items():
        assert row.points == home[name].points + away[name].points
        assert row.goals_for == home[name].goals_for + away[name].goals_for


def test_tables_of_one_venue_leave_head_to_head_out() -> None:
    # A and B won once each at home, A higher; B won their only meeting there.
    matches = (played(1, "BA", "1-0"), played(2, "AX", "4-0", day=1), played(3, "AB", "0-3", day=2))
    by_meetings = table(*matches, tie_break=("h2h_points", "gd"), venue="home")
    assert [(row.team_name, row.points) for row in by_meetings if row.team_name in "AB"] == [("A", 3), ("B", 3)]
    assert [row.rank for row in by_meetings if row.team_name in "AB"] == [1, 1]


@pytest.mark.parametrize(
    "wrong", [{"tie_break": ("coin",)}, {"venue": "moon"}, {"as_of": datetime(2025, 1, 1)}], ids=str
)
def test_what_cannot_be_asked_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        league_table([], **{"as_of": LATER, "tie_break": ("gd",)} | wrong)  # type: ignore[arg-type]


def test_the_chains_of_all_leagues_are_known() -> None:
    for league in CATALOGUE:
        assert table(*LEVEL_PAIR, tie_break=league.tie_break)


@st.composite
def seasons(draw: st.DrawFn) -> list[Row]:
    """Double round robins of up to five teams in any state of play."""
    teams = "ABCDE"[: draw(st.integers(2, 5))]
    rows = []
    for number, (home, away) in enumerate(itertools.permutations(teams, 2), start=1):
        score = f"{draw(st.integers(0, 3))}-{draw(st.integers(0, 3))}" if draw(st.booleans()) else ""
        code = draw(st.sampled_from([100, 100, 100, 60, 91])) if score else draw(st.sampled_from([0, 60]))
        rows.append(played(number, home + away, score, day=draw(st.integers(0, 300)), code=code, round=number))
    return rows


CHAINS = st.sampled_from([league.tie_break for league in CATALOGUE])


@given(season=seasons(), chain=CHAINS, venue=st.sampled_from(["", "home", "away"]))
@settings(max_examples=150)
def test_sums_over_a_table(season: list[Row], chain: tuple[str, ...], venue: str) -> None:
    rows = table(*season, tie_break=chain, venue=venue)
    counted = [match for match in season if match.status_code in (100, 91)]
    n_draws = sum(match.home_goals == match.away_goals for match in counted)
    for row in rows:
        assert row.matches == row.wins + row.draws + row.losses
        assert row.points == 3 * row.wins + row.draws
    assert sum(row.matches for row in rows) == len(counted) * (1 if venue else 2)
    if not venue:
        assert sum(row.goals_for for row in rows) == sum(row.goals_against for row in rows)
        assert sum(row.points for row in rows) == 3 * len(counted) - n_draws


@given(season=seasons(), chain=CHAINS, data=st.data())
@settings(max_examples=150)
def test_the_order_of_matches_does_not_matter(season: list[Row], chain: tuple[str, ...], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(season))
    assert table(*shuffled, tie_break=chain) == table(*season, tie_break=chain)


@given(season=seasons(), days=st.lists(st.integers(-5, 310), min_size=2, max_size=2))
@settings(max_examples=100)
def test_with_time_matches_and_points_only_grow(season: list[Row], days: list[int]) -> None:
    earlier, later = (
        {row.team_id: row for row in table(*season, as_of=AUGUST + timedelta(days=day))} for day in sorted(days)
    )
    assert earlier.keys() == later.keys()
    for team_id, row in earlier.items():
        assert row.matches <= later[team_id].matches
        assert row.points <= later[team_id].points


@given(season=seasons(), chain=CHAINS)
@settings(max_examples=100)
def test_ranks_follow_points_and_leave_room_for_shared_ones(season: list[Row], chain: tuple[str, ...]) -> None:
    rows = table(*season, tie_break=chain)
    for position, (above, below) in enumerate(itertools.pairwise(rows), start=2):
        assert above.points >= below.points
        assert below.rank in (above.rank, position)
    assert rows[0].rank == 1
