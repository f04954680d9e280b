"""Bets as they are stored and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.betting import limits
from shared.domain.betting.payouts import LEGS_AT_MOST
from shared.domain.betting.refusals import Refusal, refused
from shared.errors import InvalidInput


class BetState(StrEnum):
    """The state of a bet."""

    OPEN = "open"
    SETTLED = "settled"
    CASHED_OUT = "cashed_out"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLeg:
    """A selection to bet on, at the price that the bettor saw."""

    selection_id: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBet:
    """A bet to be placed; `size` legs make one of its combinations, None is all of them."""

    legs: tuple[NewLeg, ...]
    stake: int
    size: int | None = None
    accept_better: bool = False

    @property
    def combination_size(self) -> int:
        """Legs in one combination."""
        return len(self.legs) if self.size is None else self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class BetLimits:
    """What one bet and one day of a bettor may be, for the house."""

    stake_min: int = limits.STAKE_MIN
    stake_max: int = limits.STAKE_MAX
    payout_max: int = limits.PAYOUT_MAX
    daily_stake_max: int = limits.DAILY_STAKE_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A leg of a bet, with what became of it."""

    number: int
    event_id: int
    selection_id: int
    event_name: str
    starts_at: datetime
    kind: str
    line: int | None
    outcome: str
    version: int
    odds_hundredths: int
    grade: str | None
    factor: int | None
    """What a stake of 1 becomes, in units of 1/504,000; None while that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bet:
    """A bet."""

    id: str
    user_id: str
    placed_at: datetime
    stake: int
    size: int
    potential_payout: int
    state: BetState
    revision: int
    payout: int | None
    """What the part that was not cashed out pays; None while that is not known."""
    grade: str | None
    settled_at: datetime | None
    cashed_stake: int
    cashed_paid: int
    legs: tuple[Leg, ...]

    @property
    def is_system(self) -> bool:
        """Whether it stands for several combinations."""
        return self.size < len(self.legs)

    @property
    def profit(self) -> int:
        """What the bettor gained so far: 0 for an open bet, a returned or a cancelled one."""
        if self.state is BetState.CANCELLED:
            return 0
        settled = 0 if self.payout is None else self.payout - (self.stake - self.cashed_stake)
        return settled + self.cashed_paid - self.cashed_stake


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A bet that is accepted."""

    bet_id: str
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a selection costs now."""

    selection_id: int
    version: int
    odds_hundredths: int
    starts_at: datetime
    refusal: str | None
    """Why a bet on it would be refused; None when it would not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualEvent:
    """An event that an operator made by hand, with the price of its only selection."""

    event_id: int
    selection_id: int
    version: int
    odds_hundredths: int
    starts_at: datetime
    """From then on no bet is taken."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CashOutOffer:
    """An offer to close a part of a bet."""

    id: str
    bet_id: str
    stake: int
    amount: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CashedOut:
    """An offer that was taken."""

    bet_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A bettor's own limits, and the stakes of the day at hand."""

    limits: limits.SelfLimits
    staked_today: int


def check_new_bet(bet: NewBet) -> None:
    """Return when a bet makes sense by itself.

    Raises
    ------
    InvalidInput : it has too few or too many legs, or no such combinations.
    Refused : a selection is named twice.
    """
    if not 1 <= len(bet.legs) <= LEGS_AT_MOST:
        rule = f"must be from 1 to {LEGS_AT_MOST}"
        raise InvalidInput(f"legs {rule}", errors={"legs": rule})
    if not 1 <= bet.combination_size <= len(bet.legs):
        rule = "must be from 1 to the number of legs"
        raise InvalidInput(f"size {rule}", errors={"size": rule})
    selections = [leg.selection_id for leg in bet.legs]
    if len(set(selections)) < len(selections):
        raise refused(Refusal.DUPLICATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class BetStatistics:
    """The sums of a bettor; returned and cancelled bets count neither as won nor as lost."""

    n_bets: int
    n_won: int
    n_lost: int
    n_returned: int
    staked: int
    paid: int
    profit: int

    @property
    def win_rate(self) -> float | None:
        """The share of won among the bets that were won or lost."""
        decided = self.n_won + self.n_lost
        return self.n_won / decided if decided else None


def summarize(bets: Sequence[Bet]) -> BetStatistics:
    """The sums of settled and cashed-out bets."""
    over = [bet for bet in bets if bet.state in (BetState.SETTLED, BetState.CASHED_OUT)]
    profits = [bet.profit for bet in over]
    return BetStatistics(
        n_bets=len(over),
        n_won=sum(profit > 0 for profit in profits),
        n_lost=sum(profit < 0 for profit in profits),
        n_returned=sum(profit == 0 for profit in profits),
        staked=sum(bet.stake for bet in over),
        paid=sum((bet.payout or 0) + bet.cashed_paid for bet in over),
        profit=sum(profits),
    )
