"""pi-ratings, worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from functions.analyze.models import pi
from functions.analyze.models.history import FinalScore
from functions.analyze.models.results import Results, to_arrays
from tests.support.analyze.seasons import play


def two_meetings() -> Results:
    """Team 100 wins 9-0 at home, then 101 wins 2-1 at home."""
    first = replace(play(n_teams=2)[0], home_id=100, away_id=101, home_goals=9, away_goals=0)
    second: FinalScore = replace(
        first, match_id=2, starts_at=first.starts_at + timedelta(days=7), home_id=101, away_id=100
    )
    return to_arrays([first, replace(second, home_goals=2, away_goals=1)])


def test_a_rating_of_three_is_nine_goals() -> None:
    assert [pi.expected_margin(rating) for rating in (3.0, 0.0, -3.0)] == pytest.approx([9.0, 0.0, -9.0])


def test_two_matches_by_hand() -> None:
    """9-0 where nothing was expected is an error of 9, a step of 3 log10(10) = 3, of which 0.035 is 0.105."""
    rated = pi.rate(two_meetings())
    expected = pi.expected_margin(-0.7 * 0.105) - pi.expected_margin(0.7 * 0.105)
    assert rated.difference == pytest.approx([0.0, expected])
    assert expected == pytest.approx(-0.1160, abs=1e-4)  # 10^(0.0735 / 3) - 1 = 0.0580, twice
    change = 0.035 * 3 * np.log10(1 + 1.1160)
    assert rated.home == pytest.approx([0.105 - 0.7 * change, -0.0735 + change], abs=1e-5)
    assert rated.away == pytest.approx([0.0735 - change, -0.105 + 0.7 * change], abs=1e-5)
