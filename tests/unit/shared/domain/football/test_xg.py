"""Expected goals of a shot, and what they mean for a match."""

from __future__ import annotations

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.football.expected_goals import (
    COEFFICIENTS,
    Situation,
    choose_model,
    compute_features,
    expected_goals,
    expected_points,
    goal_distribution,
    p_any_goal,
)

CHANCES = st.lists(st.floats(0, 1), max_size=12)
FEET = st.sampled_from(["right-foot", "left-foot", "other", "head"])


def xg(x: float, y: float = 50.0, situation: Situation = Situation.REGULAR, body_part: str = "right-foot") -> float:
    return expected_goals(x, y, situation=situation, body_part=body_part)


def test_a_penalty_is_one_constant_wherever_it_is_said_to_be() -> None:
    assert xg(11.5, situation=Situation.PENALTY) == xg(30, 10, Situation.PENALTY) == pytest.approx(0.756, abs=0.005)


def test_a_free_kick_reads_distance_and_angle_by_the_landmarks() -> None:
    one, distance, angle = compute_features("free-kick", 17.0, 50.0, Situation.FREE_KICK, "")
    assert one == 1.0
    assert distance == pytest.approx(16.5)
    assert angle == pytest.approx(0.43657, abs=1e-5)  # 2 atan(3.66 / 16.5)
    score = sum(b * value for b, value in zip(COEFFICIENTS["free-kick"], (one, distance, angle), strict=True))
    assert xg(17.0, situation=Situation.FREE_KICK) == pytest.approx(1 / (1 + exp(-score)))


def test_nearer_straighter_and_by_foot_is_better() -> None:
    assert xg(6) > xg(11.5) > xg(17) > xg(30)
    assert xg(11.5) > xg(11.5, 65) > xg(11.5, 80)
    assert xg(8) > xg(8, body_part="head")


@given(st.floats(0, 100), st.floats(0, 100), st.sampled_from(Situation), FEET)
def test_it_is_a_probability_everywhere_and_the_same_on_both_sides(
    x: float, y: float, situation: Situation, body_part: str
) -> None:
    chance = xg(x, y, situation, body_part)
    assert 0 <= chance < 1
    assert xg(x, 100 - y, situation, body_part) == pytest.approx(chance)


def test_each_model_has_a_coefficient_for_each_feature() -> None:
    for situation in Situation:
        for body_part in ("head", "left-foot"):
            kind = choose_model(situation, body_part)
            assert len(compute_features(kind, 10, 40, situation, body_part)) == len(COEFFICIENTS[kind])


@pytest.mark.parametrize(
    ("text", "meant"),
    [("penalty", "penalty"), ("fast-break", "regular"), ("throw-in-set-piece", "set-piece"), ("new", "regular")],
)
def test_situations_are_the_sources_words(text: str, meant: str) -> None:
    assert Situation.parse(text) == meant


def test_at_least_one_goal() -> None:
    assert p_any_goal([0.5, 0.2]) == pytest.approx(0.6)
    assert p_any_goal([]) == 0


def test_goals_of_two_shots() -> None:
    assert goal_distribution([0.5, 0.2]) == pytest.approx([0.4, 0.5, 0.1])


def test_points_of_one_even_chance_against_none() -> None:
    # A win half of the time, else a draw: 3/2 + 1/2 and 1/2.
    assert expected_points([0.5], []) == pytest.approx((2.0, 0.5))
    # 0-0, 1-0, 0-1, 1-1 equally often.
    assert expected_points([0.5], [0.5]) == pytest.approx((1.25, 1.25))


@given(CHANCES, CHANCES)
def test_points_lie_between_a_draw_each_and_a_win(home: list[float], away: list[float]) -> None:
    ours, theirs = expected_points(home, away)
    assert 2 - 1e-9 <= ours + theirs <= 3 + 1e-9
    assert expected_points(away, home) == pytest.approx((theirs, ours))
