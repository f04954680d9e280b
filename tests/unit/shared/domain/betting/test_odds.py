"""The ladder of prices, and rounding down to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.betting.odds import HIGHEST, LADDER, LOWEST, round_down
from shared.domain.betting.odds_text import to_text


def test_steps_of_the_ladder() -> None:
    prices = set(LADDER.tolist())
    assert {101, 102, 199, 200, 202, 300, 305, 400, 410, 600, 620, 1_000, 1_050, 2_000, 2_100, 3_000, 3_200} <= prices
    assert {5_000, 5_500, 10_000, 11_000, HIGHEST} <= prices
    assert not {201, 301, 402, 610, 1_010, 2_050, 3_100} & prices
    assert (np.diff(LADDER) > 0).all()


def test_odds_are_rounded_down() -> None:
    odds = np.array([1.0242, 21.478, 36.984, 2.0199, 1.999, 5_000.0])
    assert round_down(odds).tolist() == [102, 2_100, 3_600, 200, 199, HIGHEST]


def test_floating_point_does_not_cost_a_step() -> None:
    assert round_down(np.array([1 / 0.4, 1 / 0.8, 1.1, 1 / (1 / 4.1)])).tolist() == [250, 125, 110, 410]


def test_odds_below_the_lowest_price_are_not_quoted() -> None:
    assert round_down(np.array([1.0099, 1.0, 0.98, 1.01])).tolist() == [0, 0, 0, LOWEST]


@given(st.floats(1.01, 2_000.0))
def test_a_price_is_the_highest_of_the_ladder_that_is_not_above_the_odds(odds: float) -> None:
    price = int(round_down(np.array([odds]))[0])
    assert price == max(each for each in LADDER.tolist() if each <= odds * 100 + 1e-6)


@pytest.mark.parametrize(("hundredths", "text"), [(185, "1.85"), (101, "1.01"), (100_000, "1000.00"), (1, "0.01")])
def test_odds_as_text(hundredths: int, text: str) -> None:
    assert to_text(hundredths) == text
