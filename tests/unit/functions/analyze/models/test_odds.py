"""Margins removed from odds, against numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.analyze.models.odds import METHODS, margin, power, proportional, shin
from shared.errors import InvalidInput

MARKET = np.array([2.0, 4.0, 4.0])
"""Fair: 1/2, 1/4, 1/4."""


@pytest.mark.parametrize("method", METHODS.values())
def test_fair_odds_are_their_own_probabilities(method) -> None:  # type: ignore[no-untyped-def]
    assert margin(MARKET) == pytest.approx(0.0)
    assert method(MARKET) == pytest.approx([0.5, 0.25, 0.25], abs=1e-6)


def test_proportional_by_hand() -> None:
    """1/1.6 = 0.625 and 1/2.5 = 0.4 sum to 1.025: 0.625/1.025 = 0.609756."""
    odds = np.array([1.6, 2.5])
    assert margin(odds) == pytest.approx(0.025)
    assert proportional(odds) == pytest.approx([0.609756, 0.390244], abs=1e-6)


def test_power_by_hand() -> None:
    """Squares of 0.8 and 0.6 sum to one."""
    assert power(np.array([1 / 0.8, 1 / 0.6])) == pytest.approx([0.64, 0.36])


def test_shin_of_two_outcomes_takes_the_same_from_both() -> None:
    """For two outcomes Shin's method is the additive one: 0.625 and 0.4 each lose 0.0125 (Jullien and Salanié)."""
    assert shin(np.array([1.6, 2.5])) == pytest.approx([0.6125, 0.3875], abs=1e-6)


def test_shin_by_hand() -> None:
    """z = 0.1 and p = 0.5, 0.3, 0.2 price as q with q^2/B = p (z + (1 - z) p): 0.275, 0.111, 0.056.

    sqrt: 0.524404, 0.333167, 0.236643; their sum is sqrt(B) = 1.094214, so q is 0.573811, 0.364556, 0.258938.
    """
    q = np.array([0.573811, 0.364556, 0.258938])
    assert shin(1 / q) == pytest.approx([0.5, 0.3, 0.2], abs=2e-6)


@settings(max_examples=50)
@given(st.lists(st.floats(1.02, 60.0), min_size=3, max_size=3))
def test_every_method_gives_probabilities_in_the_order_of_the_odds(odds: list[float]) -> None:
    for method in METHODS.values():
        p = method(np.array(odds))
        assert p.sum() == pytest.approx(1.0)
        assert (p > 0).all()
        assert (np.diff(p[np.argsort(odds)]) <= 1e-9).all()


def test_long_shots_bear_more_of_the_margin_than_in_proportion() -> None:
    odds = np.array([1.3, 5.5, 11.0])
    for method in (power, shin):
        assert method(odds)[2] < proportional(odds)[2]


@pytest.mark.parametrize("odds", [[1.0, 3.0, 3.0], [2.0], [2.0, float("inf"), 3.0], [2.0, float("nan"), 3.0]])
def test_odds_that_are_none_are_refused(odds: list[float]) -> None:
    with pytest.raises(InvalidInput):
        margin(np.array(odds))
