"""The closed list of reasons for which a bet is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from shared.errors import Refused


class Refusal(StrEnum):
    """Why a bet was not accepted."""

    MARKET_SUSPENDED = "MARKET_SUSPENDED"
    EVENT_STARTED = "EVENT_STARTED"
    PRICE_CHANGED = "PRICE_CHANGED"
    STAKE_TOO_SMALL = "STAKE_TOO_SMALL"
    STAKE_TOO_LARGE = "STAKE_TOO_LARGE"
    PAYOUT_LIMIT = "PAYOUT_LIMIT"
    DAILY_LIMIT = "DAILY_LIMIT"
    SELF_EXCLUDED = "SELF_EXCLUDED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    DUPLICATE = "DUPLICATE"
    CORRELATED_LEGS = "CORRELATED_LEGS"
    CASH_OUT_GONE = "CASH_OUT_GONE"


TEXTS: Mapping[Refusal, str] = {
    Refusal.MARKET_SUSPENDED: "this market takes no bets now",
    Refusal.EVENT_STARTED: "the event has begun, or is over",
    Refusal.PRICE_CHANGED: "the price has changed; look at the new one",
    Refusal.STAKE_TOO_SMALL: "the stake is below the smallest one",
    Refusal.STAKE_TOO_LARGE: "the stake is above the largest one",
    Refusal.PAYOUT_LIMIT: "the bet could pay more than a bet may; lower the stake",
    Refusal.DAILY_LIMIT: "the stakes of today would exceed your limit of a day",
    Refusal.SELF_EXCLUDED: "you have excluded yourself from betting",
    Refusal.INSUFFICIENT_FUNDS: "the account holds too little for this stake",
    Refusal.DUPLICATE: "a selection is named twice",
    Refusal.CORRELATED_LEGS: "legs of one bet must be of different events",
    Refusal.CASH_OUT_GONE: "this offer is over; ask for a new one",
}


def refused(refusal: Refusal, detail: Mapping[str, Any] | None = None) -> Refused:
    """The error of a refusal; `detail` is what the bettor needs to know, such as the new price."""
    return Refused(TEXTS[refusal], code=refusal.value, detail=detail)
