"""Bets, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.bets.edge import (
    BetPage,
    BetRequest,
    BooksQuery,
    CashOutRequest,
    DayLimit,
    OfferRequest,
    OpenPage,
    SelfExclusion,
)
from shared.events.betting import LineChanged
from shared.events.users import UserDeleted
from shared.web.openapi import (
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    JSON,
    OPERATOR,
    USER,
    Operation,
    event_operation,
    no_content,
    ok,
)


class Leg(BaseModel):
    """A leg of a bet; `factor` is what a stake of 1 becomes, in units of 1/504,000, null while that is not known."""

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


class Bet(BaseModel):
    """A bet; `payout` is null while it is not known, and leaves out what was cashed out."""

    id: str
    user_id: str
    placed_at: datetime
    stake: int
    size: int
    potential_payout: int
    state: str
    revision: int
    payout: int | None
    grade: str | None
    settled_at: datetime | None
    cashed_stake: int
    cashed_paid: int
    profit: int
    legs: list[Leg]


class OneBet(Bet):
    """A bet, in coins that are no money."""

    simulated_money: bool


class Bets(BaseModel):
    """One page, the latest first."""

    items: list[Bet]
    next: str | None
    simulated_money: bool


class Price(BaseModel):
    """What a selection costs; `refusal` is null when a bet on it would be taken."""

    selection_id: int
    version: int
    odds_hundredths: int
    starts_at: datetime
    refusal: str | None


class OwnLimits(BaseModel):
    """Limits that a bettor set; null is none."""

    daily_stake: int | None
    pending_daily_stake: int | None
    pending_from: datetime | None
    excluded_until: datetime | None


class Limits(BaseModel):
    """What one bet and one day may be; `left_today` is what may still be staked."""

    stake_min: int
    stake_max: int
    payout_max: int
    daily_stake_max: int
    self: OwnLimits
    staked_today: int
    left_today: int


class LimitsAnswer(Limits):
    """Limits, in coins that are no money."""

    simulated_money: bool


class Quote(BaseModel):
    """What a bet would be now; `refusals` is empty when it would be taken."""

    prices: list[Price]
    stake: int
    potential_payout: int
    refusals: list[str]
    limits: Limits
    simulated_money: bool


class Offer(BaseModel):
    """An offer to close a part of a bet."""

    id: str
    bet_id: str
    stake: int
    amount: int
    expires_at: datetime
    simulated_money: bool


class CashedOut(BaseModel):
    """What was paid, and the bet after that."""

    amount: int
    bet: Bet
    simulated_money: bool


class Statistics(BaseModel):
    """Sums of bets that are over; returned ones are neither won nor lost."""

    n_bets: int
    n_won: int
    n_lost: int
    n_returned: int
    staked: int
    paid: int
    profit: int
    win_rate: float | None
    simulated_money: bool


class Takings(BaseModel):
    """Bets that ended in the period; `hold` is the part of the stakes that the house kept."""

    n_bets: int
    staked: int
    paid: int
    returned: int
    open_stakes: int
    profit: int
    hold: float | None


class MarketBook(BaseModel):
    """Singles on a market: the house's profit for each outcome, and the worst of them."""

    event_id: int
    event_name: str
    kind: str
    line: int | None
    staked: int
    profit_if: dict[str, int]
    worst: int


class Exposure(BaseModel):
    """Open bets on a selection; those with several legs count whole at each of their legs."""

    event_id: int
    event_name: str
    starts_at: datetime
    kind: str
    line: int | None
    outcome: str
    n_bets: int
    staked: int
    payout: int
    staked_in_multiples: int
    payout_in_multiples: int


class Books(BaseModel):
    """Exposure, profit and loss, hold."""

    begins: datetime
    ends: datetime
    takings: Takings
    markets: list[MarketBook]
    exposures: list[Exposure]
    simulated_money: bool


class Exported(BaseModel):
    """What is kept of a bettor."""

    limits: Limits
    bets: list[Bet]
    simulated_money: bool


OPERATIONS = {
    "quote": Operation(
        summary="What a bet would pay, and the limits that hold for it",
        access=USER,
        body={JSON: BetRequest},
        responses=ok(Quote),
        error_statuses=(409,),
    ),
    "place": Operation(
        summary="Place a bet with coins; a refusal names its reason in `code`",
        access=USER,
        headers=IDEMPOTENCY_KEY,
        body={JSON: BetRequest},
        responses=ok(OneBet, status=201, **IDEMPOTENCY_REPLAYED),
        error_statuses=(409, 422),
    ),
    "list_bets": Operation(
        summary="The caller's bets, or everybody's for operators",
        access=USER,
        query=BetPage,
        responses=ok(Bets),
        error_statuses=(403,),
    ),
    "list_open": Operation(
        summary="Open bets of everybody, or those that are stuck", access=OPERATOR, query=OpenPage, responses=ok(Bets)
    ),
    "show_books": Operation(
        summary="Exposure, profit and loss, hold", access=OPERATOR, query=BooksQuery, responses=ok(Books)
    ),
    "show_statistics": Operation(summary="Sums of the caller's bets", access=USER, responses=ok(Statistics)),
    "show_limits": Operation(
        summary="Limits of a bet, a day and a payout, and the caller's own", access=USER, responses=ok(LimitsAnswer)
    ),
    "limit_day": Operation(
        summary="Limit one's own stakes of a day; a higher limit begins after a week",
        access=USER,
        body={JSON: DayLimit},
        responses=ok(LimitsAnswer),
    ),
    "exclude_self": Operation(
        summary="Exclude oneself from betting; never shortened",
        access=USER,
        body={JSON: SelfExclusion},
        responses=ok(LimitsAnswer),
    ),
    "export": Operation(
        summary="What is kept of the caller's bets, as `GET /me/export` collects it",
        access=USER,
        responses=ok(Exported),
    ),
    "read_bet": Operation(summary="One bet", access=USER, responses=ok(OneBet)),
    "cancel": Operation(
        summary="Take back a bet on events made by hand, before they begin",
        access=USER,
        responses=no_content("The stake is given back."),
        error_statuses=(409,),
    ),
    "offer_cash_out": Operation(
        summary="An offer of five seconds to close a bet, or a part of it",
        access=USER,
        body={JSON: OfferRequest},
        responses=ok(Offer, status=201),
        error_statuses=(409,),
    ),
    "take_cash_out": Operation(
        summary="Take an offer; again is answered as the first time",
        access=USER,
        body={JSON: CashOutRequest},
        responses=ok(CashedOut),
        error_statuses=(404, 409),
    ),
    "forget_prices": event_operation(LineChanged.TYPE, "Drop cached prices"),
    "erase": event_operation(UserDeleted.TYPE, "Forget a deleted user's limits and open bets"),
    "forget_offers": event_operation("dev.knative.sources.ping", "Delete offers that nobody took"),
}
