"""Payouts, and what closes a bet early."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.betting.cash_out import CashOutLeg, cash_out_amount, fair_value
from shared.domain.betting.payouts import exact_payout, grade, payout, potential_payout, round_half_up
from shared.domain.betting.settlement import FACTOR_UNIT, HALF_LOSS, HALF_WIN, LOSS, PUSH, WIN, Grade, OutcomeResult

OUTCOMES: list[OutcomeResult] = [WIN, LOSS, PUSH, HALF_WIN, HALF_LOSS]
LEGS = st.lists(st.tuples(st.sampled_from(OUTCOMES), st.integers(101, 2_000)), min_size=1, max_size=6)


def test_the_accumulator_of_four_legs_pays_234_33() -> None:
    """Pinnacle's help, article 11000053896: 206.00, 937.30, 468.65, 234.325; rounded once, at the end, half up."""
    legs = [WIN.factor(206), WIN.factor(455), HALF_LOSS.factor(187), HALF_LOSS.factor(193)]
    assert exact_payout(10_000, legs) == Fraction(23432_5, 10)
    assert payout(10_000, legs) == 23_433


def test_halves_are_rounded_up_and_never_to_even() -> None:
    assert [round_half_up(Fraction(n, 2)) for n in (1, 3, 5)] == [1, 2, 3]
    assert round_half_up(Fraction(49, 100)) == 0


def test_a_void_single_pays_exactly_its_stake() -> None:
    assert payout(777, [PUSH.factor(185)]) == 777


def test_a_void_leg_counts_as_odds_of_one() -> None:
    assert payout(100, [WIN.factor(300), PUSH.factor(250)]) == 300


def test_two_of_three_with_a_void_leg_are_three_doubles_with_a_leg_of_one() -> None:
    """B2 row 11: 3 x 10 coins at 2.00, 3.00 and a void leg: 10 * (2*3 + 2*1 + 3*1)."""
    legs = [WIN.factor(200), WIN.factor(300), PUSH.factor(500)]
    assert payout(30, legs, size=2) == 110


@given(
    st.integers(1, 10_000),
    LEGS,
    st.data(),
)
def test_a_system_is_the_sum_of_its_combinations(
    stake: int, legs: list[tuple[OutcomeResult, int]], data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, len(legs)))
    factors = [outcome.factor(odds) for outcome, odds in legs]
    chosen = list(combinations([Fraction(factor, FACTOR_UNIT) for factor in factors], size))
    expected = sum((prod(each) for each in chosen), Fraction(0)) * stake / len(chosen)
    assert exact_payout(stake, factors, size=size) == expected


def test_the_potential_payout_is_that_of_a_bet_whose_legs_all_win() -> None:
    assert potential_payout(10, [200, 300, 400], size=2) == round_half_up(Fraction(10 * (6 + 8 + 12), 3))
    assert potential_payout(7, [185]) == 13  # 12.95


@pytest.mark.parametrize(
    ("grades", "paid", "expected"),
    [
        ([Grade.HALF_WIN], 15, Grade.HALF_WIN),
        ([Grade.WIN, Grade.LOSS], 0, Grade.LOSS),
        ([Grade.WIN, Grade.WIN], 40, Grade.WIN),
        ([Grade.PUSH, Grade.PUSH], 10, Grade.PUSH),
        ([Grade.WIN, Grade.PUSH], 20, Grade.PARTIAL),
        ([Grade.HALF_LOSS, Grade.HALF_LOSS], 3, Grade.PARTIAL),
    ],
)
def test_bets_have_a_word(grades: list[Grade], paid: int, expected: Grade) -> None:
    assert grade(grades, paid) is expected


def test_a_single_is_worth_its_price_then_over_the_price_now() -> None:
    assert fair_value(100, [CashOutLeg(odds_placed=300, odds_now=200)]) == 150
    assert cash_out_amount(100, [CashOutLeg(odds_placed=300, odds_now=200)], at_most=10_000) == 142  # 142.5


def test_an_accumulator_is_worth_its_settled_legs_times_its_open_ones() -> None:
    legs = [CashOutLeg(odds_placed=200, factor=WIN.factor(200)), CashOutLeg(odds_placed=150, odds_now=300)]
    assert fair_value(100, legs) == 100
    assert fair_value(100, [CashOutLeg(odds_placed=200, factor=0), legs[1]]) == 0


def test_an_offer_is_capped_by_what_a_bet_may_pay() -> None:
    assert cash_out_amount(1_000, [CashOutLeg(odds_placed=5_000, odds_now=101)], at_most=9_000) == 9_000
