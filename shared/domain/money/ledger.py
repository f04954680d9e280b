"""Double entry: accounts, postings that sum to zero, holds. Amounts are integers in the minor unit of a currency.

`shared/schema/postgres/0030_ledger.sql` keeps the same rules in the database; what is refused here never gets there.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.errors import InvalidInput

LARGEST_AMOUNT = 10**15
"""The limit of one posting: far below 2^63, so that sums of many postings still fit."""
POSTINGS_AT_MOST = 1_000
"""The limit of one transaction."""
KEY_LENGTH = 255


class Side(StrEnum):
    """The side of an account on which its balance grows."""

    DEBIT = "debit"
    CREDIT = "credit"


class AccountState(StrEnum):
    """The postings an account takes part in: all, credits only, credits until it is empty, none."""

    OPEN = "open"
    FROZEN = "frozen"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """A unit of account."""

    code: str
    scale: int
    """Digits behind the point: 2 where an amount of 100 is shown as 1.00."""


COIN = Currency(code="COIN", scale=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountId:
    """Names an account."""

    owner: str
    """Such as ``users/0199…`` or ``systems/coins``: an id and never a name, as the ledger does not forget."""
    name: str
    currency: Currency
    part: int = 0
    """The row of an account that is spread over several, see `AccountType.parts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountType:
    """The properties that all accounts of one name share."""

    name: str
    currency: Currency
    normal_side: Side
    minimum: int | None = None
    """The lowest balance; None is no limit."""
    maximum: int | None = None
    parts: int = 1
    """Rows that share the postings of an account that everybody pays into, so that payers do not wait for each other.
    Limits hold for each part alone, so a spread account has none."""

    def __post_init__(self) -> None:
        if self.parts > 1 and (self.minimum is not None or self.maximum is not None):
            raise ValueError("a spread account has no limits")

    def account(self, owner: str, *, spread_by: str = "") -> AccountId:
        """The account of an owner; of a spread one the part that `spread_by` falls to."""
        part = zlib.crc32(spread_by.encode()) % self.parts
        return AccountId(owner=owner, name=self.name, currency=self.currency, part=part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One line of a transaction: a negative amount debits the account, a positive one credits it."""

    account: AccountId
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransaction:
    """A transaction to be posted.

    Raises
    ------
    InvalidInput : an amount is zero or too large, there are too few or too many postings, or a currency does not sum to
        zero.
    """

    kind: str
    postings: tuple[Posting, ...]
    effective_at: datetime | None = None
    """The moment it takes effect; None is the moment at which it is booked."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """JSON that explains it, such as what was bought. Never a person's name."""

    def __post_init__(self) -> None:
        check_postings(self.postings)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """A hold to be made: an amount of one account, reserved for another."""

    source: AccountId
    target: AccountId
    amount: int
    lasts_s: float
    detail: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_postings(transfer(self.source, self.target, self.amount))
        if self.lasts_s <= 0:
            raise InvalidInput("a hold lasts longer than 0 seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """An idempotency key: the same key of the same caller for the same operation moves money once."""

    scope: str
    """Caller and operation, such as ``users/0199…/transfer``."""
    key: str
    sha256: bytes
    """The digest of the request: under one key there is one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A transaction that is in the ledger."""

    transaction_id: str
    replayed: bool = False
    """True if an earlier request with the same key posted it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The counters of an account, all its parts together."""

    normal_side: Side
    debits_posted: int = 0
    credits_posted: int = 0
    debits_pending: int = 0
    credits_pending: int = 0
    minimum: int | None = None
    maximum: int | None = None
    state: AccountState = AccountState.OPEN

    @property
    def posted(self) -> int:
        """The balance, read from the normal side."""
        return (self.credits_posted - self.debits_posted) * self._sign

    @property
    def pending(self) -> int:
        """The part of the balance that holds may still take."""
        return self.debits_pending if self.normal_side is Side.CREDIT else self.credits_pending

    @property
    def available(self) -> int:
        """The part of the balance that can be spent: posted less pending."""
        return self.posted - self.pending

    @property
    def within_limits(self) -> bool:
        """True if both limits are kept, holds included."""
        incoming = self.credits_pending if self.normal_side is Side.CREDIT else self.debits_pending
        return (self.minimum is None or self.minimum <= self.available) and (
            self.maximum is None or self.posted + incoming <= self.maximum
        )

    def after(self, amount: int) -> Balance:
        """The counters after a posting."""
        return replace(
            self,
            debits_posted=self.debits_posted + max(-amount, 0),
            credits_posted=self.credits_posted + max(amount, 0),
        )

    def reserving(self, *, debits: int = 0, credits: int = 0) -> Balance:
        """The counters with a hold added, or with negative amounts taken back."""
        return replace(
            self, debits_pending=self.debits_pending + debits, credits_pending=self.credits_pending + credits
        )

    @property
    def _sign(self) -> int:
        return 1 if self.normal_side is Side.CREDIT else -1


def transfer(source: AccountId, target: AccountId, amount: int) -> tuple[Posting, ...]:
    """The two postings that move an amount; `InvalidInput` unless it is 1 or more."""
    check_amount(amount)
    return (Posting(account=source, amount=-amount), Posting(account=target, amount=amount))


def opposite(postings: Sequence[Posting]) -> tuple[Posting, ...]:
    """The postings of a reversal."""
    return tuple(replace(each, amount=-each.amount) for each in postings)


def check_amount(amount: int, *, field_name: str = "amount") -> int:
    """The amount of a transfer; `InvalidInput` unless it is a whole number from 1 to `LARGEST_AMOUNT`."""
    if isinstance(amount, bool) or not 1 <= amount <= LARGEST_AMOUNT:
        rule = f"must be from 1 to {LARGEST_AMOUNT}"
        raise InvalidInput(f"{field_name} {rule}", errors={field_name: rule})
    return amount


def check_postings(postings: Sequence[Posting]) -> None:
    """Return when these are a transaction; errors as `NewTransaction`."""
    if not 2 <= len(postings) <= POSTINGS_AT_MOST:
        raise InvalidInput(f"a transaction has from 2 to {POSTINGS_AT_MOST} postings")
    sums: Counter[Currency] = Counter()
    for each in postings:
        check_amount(abs(each.amount))
        sums[each.account.currency] += each.amount
    if unbalanced := sorted(currency.code for currency, total in sums.items() if total):
        raise InvalidInput(f"the postings do not sum to zero in {', '.join(unbalanced)}")


def request_key(scope: str, key: str, payload: Any) -> RequestKey | None:
    """The idempotency key of a request, None where the caller sent none.

    Parameters
    ----------
    scope : caller and operation.
    key : as it was sent.
    payload : JSON of what was requested.
    """
    if not key:
        return None
    if len(key) > KEY_LENGTH or not key.isprintable():
        rule = f"must be at most {KEY_LENGTH} printable characters"
        raise InvalidInput(f"Idempotency-Key {rule}", errors={"Idempotency-Key": rule})
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=str)
    return RequestKey(scope=scope, key=key, sha256=hashlib.sha256(text.encode()).digest())
