"""What a bet pays: singles, accumulators and system bets by one rule, rounded once, at the end, half up.

A bet of `size` legs out of n stands for every combination of `size` of its legs, each with an equal part of the stake.
A single is 1 of 1, an accumulator n of n, the system "2 of 3" three doubles.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb, floor

from shared.domain.betting.settlement import FACTOR_UNIT, Grade

LEGS_AT_MOST = 12


def payout(stake: int, factors: Sequence[int], *, size: int | None = None) -> int:
    """The payout of a stake in minor units.

    Parameters
    ----------
    factors : of each leg, in units of 1/`FACTOR_UNIT`; a returned leg has 1.
    size : legs in a combination; None is all of them.
    """
    return round_half_up(exact_payout(stake, factors, size=size))


def exact_payout(stake: int, factors: Sequence[int], *, size: int | None = None) -> Fraction:
    """The payout before it is rounded; parameters as `payout`."""
    size = len(factors) if size is None else size
    return Fraction(stake * _sum_of_products(factors, size), FACTOR_UNIT**size * comb(len(factors), size))


def potential_payout(stake: int, odds_hundredths: Sequence[int], *, size: int | None = None) -> int:
    """The payout if every leg wins."""
    return payout(stake, [odds * FACTOR_UNIT // 100 for odds in odds_hundredths], size=size)


def round_half_up(amount: Fraction) -> int:
    """The nearest whole number, and the larger of two that are as near."""
    return floor(amount + Fraction(1, 2))


def grade(grades: Sequence[Grade], paid: int) -> Grade:
    """What became of a bet with these legs."""
    if len(grades) == 1:
        return grades[0]
    if not paid:
        return Grade.LOSS
    if len(set(grades)) == 1 and grades[0] in (Grade.WIN, Grade.PUSH):
        return grades[0]
    return Grade.PARTIAL


def _sum_of_products(factors: Sequence[int], size: int) -> int:
    """The sum of the products of all combinations: the elementary symmetric polynomial, leg by leg."""
    sums = [1] + [0] * size
    for factor in factors:
        for n in range(size, 0, -1):
            sums[n] += factor * sums[n - 1]
    return sums[size]
