"""Stores of advertisers: roles of members, accounts in the ledger. All money is simulated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.money.ledger import AccountId, AccountType, Currency, Side, check_amount
from shared.errors import Conflict, Forbidden, InvalidInput, NotFound

XTS = Currency(code="XTS", scale=2)
"""A simulated currency, under the code that ISO 4217 reserves for tests."""
PARTS = 16
"""Parts of an account that takes part in everybody's payments."""
FUNDS = AccountType(name="funds", currency=XTS, normal_side=Side.CREDIT, minimum=0)
"""The money of a store that it may spend."""
REFUNDS = AccountType(name="refunds", currency=XTS, normal_side=Side.CREDIT, minimum=0)
"""The money of a store that is on its way back to who paid it."""
DEBT = AccountType(name="debt", currency=XTS, normal_side=Side.DEBIT, minimum=0)
"""Money of a store that its provider paid back after it was spent; the next top-up pays it first."""
CLEARING = AccountType(name="clearing", currency=XTS, normal_side=Side.DEBIT, parts=PARTS)
"""The money that a payment provider took for us, less what it paid back."""
REVENUE = AccountType(name="ad-revenue", currency=XTS, normal_side=Side.CREDIT, parts=PARTS)
"""The money that stores spent on advertising."""
ADJUSTMENTS = AccountType(name="adjustments", currency=XTS, normal_side=Side.DEBIT, parts=PARTS)
"""The money that managers of the platform gave stores, less what they took."""
PLATFORM = "systems/advertising"

NAME_LENGTH = 100
RESERVED_S = 7 * 86_400.0
"""The time for which a payment stays reserved unless it says otherwise."""
MEMBERS_AT_MOST = 100
STORES_AT_MOST = 20
"""The limit of stores that one user is a member of."""


class Role(StrEnum):
    """The role of a member in a store."""

    OWNER = "owner"
    """Also names members and the addresses of hooks."""
    BUYER = "buyer"
    """Also tops up and spends."""
    VIEWER = "viewer"
    """Reads."""

    @property
    def rank(self) -> int:
        """A higher rank may do all that a lower one may."""
        return (Role.VIEWER, Role.BUYER, Role.OWNER).index(self)


class StoreState(StrEnum):
    """The state of a store: only an open one spends."""

    OPEN = "open"
    FROZEN = "frozen"
    OWNERLESS = "ownerless"


class PaymentState(StrEnum):
    """The state of a payment, which is the state of its hold."""

    RESERVED = "reserved"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A store."""

    id: str
    name: str
    currency: str
    state: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A store as one of its members sees it."""

    store: Store
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a store."""

    user_id: str
    role: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment of a store."""

    id: str
    store_id: str
    amount: int
    captured: int
    state: str
    purpose: str
    reference: str
    reserved_at: datetime
    expires_at: datetime
    transaction_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """A payment to be reserved."""

    store_id: str
    amount: int
    purpose: str
    """In words, for the store's statement."""
    reserved_by: str
    """Such as ``campaigns`` or ``users/0199…``."""
    reference: str = ""
    """Such as a campaign and its day."""
    lasts_s: float = RESERVED_S

    def __post_init__(self) -> None:
        check_amount(self.amount)


def owner_of(store_id: str) -> str:
    """The owner of a store's accounts."""
    return f"stores/{store_id}"


def store_of(owner: str) -> str:
    """The store of an owner; empty for one that is no store."""
    return owner.removeprefix("stores/") if owner.startswith("stores/") else ""


def funds_of(store_id: str) -> AccountId:
    """The account of a store's money."""
    return FUNDS.account(owner_of(store_id))


def revenue_from(store_id: str) -> AccountId:
    """The part of the platform's revenue that a store pays into."""
    return REVENUE.account(PLATFORM, spread_by=store_id)


def clearing_of(provider: str, store_id: str) -> AccountId:
    """The part of a provider's account that a store's top-ups come from."""
    return CLEARING.account(f"providers/{provider}", spread_by=store_id)


def check_name(text: str) -> str:
    """Return the name of a store; `InvalidInput` unless it is from 1 to `NAME_LENGTH` printable characters."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable():
        rule = f"must be from 1 to {NAME_LENGTH} printable characters"
        raise InvalidInput(f"name {rule}", errors={"name": rule})
    return name


def check_role(role: Role | None, needed: Role, store_id: str) -> Role:
    """Return the role of a member that suffices.

    Raises
    ------
    NotFound : who asks is no member, so that a store's existence stays private.
    Forbidden : the role is too low.
    """
    if role is None:
        raise NotFound(f"store {store_id}")
    if role.rank < needed.rank:
        raise Forbidden(f"this needs the role {needed} in the store")
    return role


def check_open(state: str, store_id: str) -> None:
    """Return when a store may spend, raise `Conflict` otherwise."""
    if state != StoreState.OPEN:
        raise Conflict(f"store {store_id} is {state}")
