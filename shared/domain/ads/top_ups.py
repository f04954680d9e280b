"""Top-ups of stores: what may follow what a payment provider says of a payment. All money is simulated.

A provider tells of one payment on several paths: webhooks (again, late, in any order, forged), answers to polls, its
answer to our own request. All of them become a `ProviderPayment`, and `decide` says what it changes. What it reads only
ever grows (credited, then refunded so much in all), so that neither order nor repetition matters.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict, InvalidInput

SMALLEST, LARGEST = 100, 100_000_000
"""Limits of one top-up, in minor units: 1.00 and 1,000,000.00."""
PAID_WITHIN = timedelta(hours=1)
"""A payment that nobody made by then is given up; one that is made all the same is credited and flagged."""
LATE = "late"
"""The flag of a top-up that was paid after it was given up."""
FIRST_ASK, LAST_ASK = timedelta(seconds=30), timedelta(days=64)
"""A provider is asked after the first, then at twice the time of the last each, until the second."""
TRIES_AT_MOST = 20
"""The limit of tries of one webhook or refund, whose pauses double up to a day: some ten days."""


class TopUpState(StrEnum):
    """The state of a top-up. It never goes back."""

    CREATED = "created"
    """The provider was asked for a payment; its answer is not known."""
    PENDING = "pending"
    """The provider waits for the payer."""
    CREDITED = "credited"
    CANCELLED = "cancelled"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"


class PaymentStatus(StrEnum):
    """The state of a payment at its provider."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


class RefundState(StrEnum):
    """The state of a refund: asked for here, known to the provider, ended there."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPayment:
    """A payment as its provider describes it, whichever way that came."""

    payment_id: str
    status: PaymentStatus
    amount: int
    """In minor units."""
    currency: str
    """In capitals."""
    refunded: int = 0
    """All that was paid back so far."""
    top_up_id: str = ""
    """As we named it when we asked for the payment."""
    store_id: str = ""
    confirmation: str = ""
    """Where the payer pays: an address, or a secret for the provider's own page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRefund:
    """A refund as its provider describes it."""

    refund_id: str
    status: RefundState
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A message of a provider."""

    id: str
    """What its repetitions have in common."""
    kind: str
    payment_id: str
    payment: ProviderPayment | None
    """The payment when the message proves it; None when only the provider's own answer does."""
    top_up_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """A top-up of a store."""

    id: str
    store_id: str
    provider: str
    payment_id: str
    """At the provider; empty until it answered."""
    amount: int
    currency: str
    credited: bool
    cancelled_by: str
    """``provider``, ``us`` when nobody paid in time, or empty."""
    refunded: int
    flag: str
    """`LATE` or empty."""
    confirmation: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    n_asks: int
    transaction_id: str

    @property
    def state(self) -> TopUpState:
        """The state, from what happened."""
        if self.credited:
            if not self.refunded:
                return TopUpState.CREDITED
            return TopUpState.REFUNDED if self.refunded == self.amount else TopUpState.PARTLY_REFUNDED
        if self.cancelled_by:
            return TopUpState.CANCELLED
        return TopUpState.PENDING if self.payment_id else TopUpState.CREATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a provider's word changes about a top-up; nothing where nothing is set."""

    quarantine: str = ""
    """Why a person has to look; then nothing else is done."""
    ask: bool = False
    """The provider has to be asked, as two of its words contradict each other."""
    identify: bool = False
    """The payment's id was not known."""
    credit: bool = False
    late: bool = False
    """It is credited after it was given up."""
    cancel: bool = False
    refund: int = 0
    """So much more was paid back."""

    @property
    def changes(self) -> bool:
        """Whether anything is stored."""
        return bool(self.quarantine or self.identify or self.credit or self.cancel or self.refund)


def decide(top_up: TopUp, payment: ProviderPayment, *, asked: bool) -> Decision:
    """Decide what a provider's word changes.

    Parameters
    ----------
    asked : it is the provider's answer to a question of ours, which decides between words that contradict each other.
    """
    if fault := _mismatch(top_up, payment):
        return Decision(quarantine=fault)
    identify = not top_up.payment_id
    if payment.status is PaymentStatus.PENDING:
        return Decision(identify=identify)
    if payment.status is PaymentStatus.CANCELLED:
        if top_up.credited:
            return Decision(quarantine="cancelled after it was credited") if asked else Decision(ask=True)
        return Decision(identify=identify, cancel=top_up.cancelled_by != "provider")
    if top_up.cancelled_by == "provider" and not asked:
        return Decision(ask=True)
    return Decision(
        identify=identify,
        credit=not top_up.credited,
        late=not top_up.credited and bool(top_up.cancelled_by),
        refund=max(payment.refunded - top_up.refunded, 0),
    )


def _mismatch(top_up: TopUp, payment: ProviderPayment) -> str:
    """What differs between a payment and its top-up; empty when nothing does."""
    if top_up.payment_id and payment.payment_id != top_up.payment_id:
        return "another payment names the same top-up"
    if payment.top_up_id != top_up.id:
        return "the payment names another top-up"
    if payment.store_id != top_up.store_id:
        return "the payment names another store"
    if payment.currency != top_up.currency:
        return "the currency differs"
    if payment.amount != top_up.amount:
        return "the amount differs"
    if not 0 <= payment.refunded <= top_up.amount:
        return "more is refunded than was paid"
    return ""


def check_top_up(amount: int) -> int:
    """Return the amount of a new top-up; `InvalidInput` outside of its limits."""
    if isinstance(amount, bool) or not SMALLEST <= amount <= LARGEST:
        rule = f"must be from {SMALLEST} to {LARGEST}"
        raise InvalidInput(f"amount {rule}", errors={"amount": rule})
    return amount


def check_refund(top_up: TopUp, requested: int, amount: int) -> None:
    """Return when so much may be refunded; `Conflict` otherwise.

    Parameters
    ----------
    requested : what open refunds will pay back.
    """
    if not top_up.credited:
        raise Conflict(f"top-up {top_up.id} is not credited")
    left = top_up.amount - top_up.refunded - requested
    if not 1 <= amount <= left:
        raise Conflict(f"at most {left} of top-up {top_up.id} can be refunded")


def next_ask(n_asks: int, now: datetime) -> datetime | None:
    """When a provider is asked again after so many times; None: it is not."""
    pause = FIRST_ASK * 2 ** min(n_asks, 30)
    return None if pause > LAST_ASK else now + pause


def next_try(n_tries: int, key: str, now: datetime) -> datetime:
    """When work that failed so many times is tried again: twice as late each time, a day at most, spread by a key."""
    pause: timedelta = min(timedelta(seconds=15) * 2 ** min(n_tries, 13), timedelta(days=1))
    spread = hashlib.sha256(key.encode()).digest()[0] / 255 * 0.2
    return now + pause * (1 + spread)
