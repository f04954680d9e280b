"""Metres from the source's coordinates: exact on the lines of the pitch, straight between them."""

from __future__ import annotations

import pytest

from shared.domain.football import pitch


@pytest.mark.parametrize(
    ("x", "metres"), [(0, 0), (5.8, 5.5), (11.5, 11), (17, 16.5), (14.25, 13.75), (50, 52.5), (88.5, 94), (100, 105)]
)
def test_lines_across_the_pitch_are_where_the_laws_have_them(x: float, metres: float) -> None:
    assert pitch.from_goal_line(x) == pytest.approx(metres)


@pytest.mark.parametrize(
    ("y", "metres"), [(50, 0), (45.2, 3.66), (54.8, 3.66), (36.8, 9.16), (78.9, 20.16), (0, 34), (100, 34)]
)
def test_lines_along_the_pitch_too_on_both_sides(y: float, metres: float) -> None:
    assert pitch.from_middle(y) == pytest.approx(metres)


def test_a_place_beyond_the_lines_counts_as_on_them() -> None:
    assert pitch.from_goal_line(-0.4) == 0
    assert pitch.from_goal_line(100.3) == 105
    assert pitch.from_middle(-0.4) == 34
