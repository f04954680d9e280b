"""Margins removed from odds and added to probabilities, against numbers worked by hand and published ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.betting.margins import (
    METHODS,
    add_margin,
    common_odds_ratio,
    insider_share,
    margin,
    power,
    power_exponent,
    proportional,
    shin,
)
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
        assert method is METHODS["additive"] or (p > 0).all()
        assert (np.diff(p[np.argsort(odds)]) <= 1e-9).all()


def test_long_shots_bear_more_of_the_margin_than_in_proportion() -> None:
    odds = np.array([1.3, 5.5, 11.0])
    for method in (power, shin):
        assert method(odds)[2] < proportional(odds)[2]


@pytest.mark.parametrize("odds", [[1.0, 3.0, 3.0], [2.0], [2.0, float("inf"), 3.0], [2.0, float("nan"), 3.0]])
def test_odds_that_are_none_are_refused(odds: list[float]) -> None:
    with pytest.raises(InvalidInput):
        margin(np.array(odds))


GOLDEN = np.array([2.7, 2.3, 4.4])
"""Odds of penaltyblog's documentation; its probabilities follow, and those of the odds ratio recomputed."""


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("proportional", [0.35873804, 0.42112726, 0.22013470]),
        ("additive", [0.35956180, 0.42397404, 0.21646416]),
        ("power", [0.35917110, 0.42373075, 0.21709815]),
        ("shin", [0.35934392, 0.42324385, 0.21741223]),
        ("odds_ratio", [0.35881036, 0.42256142, 0.21862822]),
    ],
)
def test_golden_margin_removal(method: str, expected: list[float]) -> None:
    assert METHODS[method](GOLDEN) == pytest.approx(expected, abs=1e-8)
    assert margin(GOLDEN) == pytest.approx(0.0324257, abs=1e-7)


def test_golden_parameters_of_the_methods() -> None:
    assert power_exponent(GOLDEN) == pytest.approx(1.0309132, abs=1e-7)
    assert insider_share(GOLDEN) == pytest.approx(0.0162364, abs=1e-7)
    assert common_odds_ratio(GOLDEN) == pytest.approx(1.0511691, abs=1e-7)


def test_golden_shin_of_the_package_of_that_name() -> None:
    odds = np.array([2.6, 2.4, 4.3])
    assert shin(odds) == pytest.approx([0.37299, 0.40478, 0.22223], abs=1e-5)
    assert insider_share(odds) == pytest.approx(0.0169425, abs=1e-7)


def test_golden_a_margin_added_by_the_power_never_quotes_a_favourite_below_evens_of_nothing() -> None:
    """In proportion the favourite would be quoted at 1/(0.97 * 1.05) = 0.98."""
    quotes = add_margin(np.array([0.97, 0.02, 0.01]), 0.05)
    assert 1 / quotes == pytest.approx([1.0242, 21.478, 36.984], abs=5e-4)
    assert np.log(quotes) / np.log([0.97, 0.02, 0.01]) == pytest.approx([0.78400550] * 3, abs=1e-8)


@settings(max_examples=100)
@given(st.lists(st.floats(0.001, 1.0), min_size=2, max_size=26), st.floats(0.001, 0.2))
def test_an_added_margin_is_the_one_asked_for_and_power_removes_it_again(weights: list[float], wanted: float) -> None:
    p = np.array(weights) / sum(weights)
    quotes = add_margin(p, wanted)
    assert quotes.sum() == pytest.approx(1 + wanted)
    assert (quotes > p).all()
    assert (quotes < 1).all()
    assert power(1 / quotes) == pytest.approx(p, abs=1e-6)


@pytest.mark.parametrize(("p", "wanted"), [([1.0, 0.0], 0.05), ([0.5, 0.5], 0.0), ([0.5, 0.5], 1.0)])
def test_a_margin_that_cannot_be_added_is_refused(p: list[float], wanted: float) -> None:
    with pytest.raises(InvalidInput):
        add_margin(np.array(p), wanted)
