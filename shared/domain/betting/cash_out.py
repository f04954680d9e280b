"""What the house offers for a bet that is still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from math import floor

from shared.domain.betting.settlement import FACTOR_UNIT

LIFETIME = timedelta(seconds=5)
"""The time for which an offer can be taken."""
MARGIN = Fraction(5, 100)
"""The house's part of the fair value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CashOutLeg:
    """A leg of a single or an accumulator as it stands now."""

    odds_placed: int
    """Hundredths, as the leg was bought."""
    odds_now: int | None = None
    """Hundredths at which the selection is offered now; None when the leg is settled."""
    factor: int | None = None
    """Of a settled leg, in units of 1/`FACTOR_UNIT`."""


def fair_value(stake: int, legs: Sequence[CashOutLeg]) -> Fraction:
    """The value of a stake now: settled legs by their factor, open ones by the price then over the price now."""
    value = Fraction(stake)
    for leg in legs:
        if leg.factor is not None:
            value *= Fraction(leg.factor, FACTOR_UNIT)
        elif leg.odds_now:
            value *= Fraction(leg.odds_placed, leg.odds_now)
        else:
            raise ValueError("an open leg has a price")
    return value


def cash_out_amount(stake: int, legs: Sequence[CashOutLeg], *, margin: Fraction = MARGIN, at_most: int) -> int:
    """The offer in minor units, rounded down: the fair value less the margin, and no more than a bet may pay."""
    return min(floor(fair_value(stake, legs) * (1 - margin)), at_most)
