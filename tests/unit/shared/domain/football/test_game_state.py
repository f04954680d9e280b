"""The course of a match from its goals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.football.game_state import BANDS, GameState, Goal, follow_score

MINUTES = st.integers(1, 120)
GOALS = st.lists(st.builds(Goal, minute=MINUTES, for_home=st.booleans()), max_size=8).map(
    lambda goals: sorted(goals, key=lambda goal: goal.minute)
)


def goals(*texts: str) -> list[Goal]:
    """``h10``: the home side in the tenth minute."""
    return [Goal(minute=int(each[1:]), for_home=each[0] == "h") for each in texts]


def test_a_goalless_match_is_level_throughout() -> None:
    progress = follow_score([], is_home=True)
    assert (progress.minutes_ahead, progress.minutes_level, progress.minutes_behind, progress.points) == (0, 90, 0, 1)
    assert not progress.was_ahead
    assert not progress.was_behind


def test_a_side_that_turns_a_match_wins_points_from_behind() -> None:
    home = follow_score(goals("a20", "h45", "h75"), is_home=True)
    assert (home.minutes_behind, home.minutes_level, home.minutes_ahead) == (25, 50, 15)
    assert home.was_behind
    assert home.points == 3
    assert home.scored == (0, 0, 1, 0, 1, 0)
    away = follow_score(goals("a20", "h45", "h75"), is_home=False)
    assert (away.minutes_ahead, away.was_ahead, away.points) == (25, True, 0)


def test_goals_of_extra_time_are_left_out() -> None:
    assert follow_score(goals("h90", "a91", "a120"), is_home=True).points == 3


def test_states_add_up() -> None:
    state = GameState()
    for match in (goals("a20", "h45", "h75"), goals("h1", "a90"), []):
        state.add(follow_score(match, is_home=True))
    assert (state.matches, state.points_from_behind, state.points_dropped_from_ahead) == (3, 3, 2)
    assert dict(zip(BANDS, state.scored, strict=True)) == {
        "1-15": 1, "16-30": 0, "31-45": 1, "46-60": 0, "61-75": 1, "76-90": 0,
    }  # fmt: skip


@given(GOALS)
def test_both_sides_see_one_match(played: list[Goal]) -> None:
    home, away = follow_score(played, is_home=True), follow_score(played, is_home=False)
    assert (home.minutes_ahead, home.minutes_level, home.scored) == (
        away.minutes_behind,
        away.minutes_level,
        away.conceded,
    )
    assert home.minutes_ahead + home.minutes_level + home.minutes_behind == 90
    assert home.points + away.points in (2, 3)
