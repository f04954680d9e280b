"""Ports of stores."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.domain.accounts.audit import Actor
from shared.domain.ads.orders import NewOrder, Order, Preview
from shared.domain.ads.stores import Member, Membership, NewPayment, Payment, Role, Store, StoreState
from shared.domain.money.ledger import Balance, RequestKey
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import ServiceTokens, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A posting of a store's money; a negative amount was paid."""

    number: int
    transaction_id: str
    kind: str
    amount: int
    balance: int
    booked_at: datetime
    effective_at: datetime
    reverses: str


class Stores(Protocol):
    """Stores, their members and their money. Errors of all: `NotFound`, `Forbidden` by a member's role."""

    def create(self, user_id: str, name: str, *, key: RequestKey, now: datetime) -> tuple[Store, bool]:
        """A new store, or that of an earlier request with this key (True); `Conflict` when the user has too many."""

    def of_user(self, user_id: str) -> Sequence[Membership]:
        """The stores that a user is a member of."""

    def find(self, store_id: str) -> Store:
        """A store, whoever asks."""

    def read(self, user_id: str, store_id: str) -> Membership:
        """A store as one of its members sees it."""

    def rename(self, user_id: str, store_id: str, name: str) -> None:
        """Rename a store as its owner."""

    def members(self, user_id: str, store_id: str) -> Sequence[Member]:
        """Members of a store."""

    def role_of(self, store_id: str, user_id: str) -> Role:
        """The role of a member, whoever asks."""

    def put_member(self, user_id: str, store_id: str, member_id: str, role: Role, *, by: Actor, now: datetime) -> None:
        """Give a user a role as an owner; `Conflict` when there are too many, or no owner would be left."""

    def remove_member(self, user_id: str, store_id: str, member_id: str, *, by: Actor, now: datetime) -> None:
        """Remove a member as an owner, or oneself; `Conflict` when no owner would be left."""

    def balance(self, store_id: str) -> Balance:
        """The counters of a store's money, whoever asks."""

    def ledger(self, store_id: str, *, before: int, limit: int) -> Sequence[Line]:
        """Postings of a store's money, the latest first, whoever asks."""

    def payments(self, store_id: str, *, before: str, limit: int) -> Sequence[Payment]:
        """Payments of a store, the latest first, whoever asks."""

    def forget_user(self, user_id: str, *, now: datetime) -> None:
        """Remove a deleted user from all stores; one without an owner left spends nothing any more."""


class Payments(Protocol):
    """Payments of stores, for functions of the platform."""

    def reserve(self, new: NewPayment, *, key: RequestKey, now: datetime) -> tuple[Payment, bool]:
        """Reserve, or the payment of an earlier request with this key (True); errors as `ads_stores.reserve`."""

    def find(self, payment_id: str) -> Payment:
        """A payment; `NotFound`."""

    def capture(self, payment_id: str, amount: int) -> Payment:
        """Pay what was reserved or a part of it; errors as `ads_stores.capture`."""

    def release(self, payment_id: str) -> Payment:
        """Give back what was reserved; errors as `ads_stores.release`."""


class Orders(Protocol):
    """What managers of the platform do; each step is in the audit trail, in the commit of what it does.

    `Forbidden` of all: who acts is no manager any more, or is a member of the store.
    """

    def preview(self, new: NewOrder, *, by: Actor) -> Preview:
        """The effect of an adjustment; `Conflict` for more than a manager may order, `InsufficientFunds`."""

    def place(self, new: NewOrder, *, by: Actor, key: RequestKey, now: datetime) -> tuple[Order, bool]:
        """Do an order or let it wait, or that of an earlier request with this key (True); errors as `preview`."""

    def decide(self, order_id: str, *, approved: bool, by: Actor, now: datetime) -> Order:
        """Do or refuse an order that waits; errors as `preview` and `check_decision`."""

    def waiting(self, *, after: str, limit: int) -> Sequence[Order]:
        """Orders that wait, the oldest first."""

    def set_state(self, store_id: str, state: StoreState, reason: str, *, by: Actor, now: datetime) -> None:
        """Freeze a store or open it again; `Conflict` for one without an owner."""

    def appoint(self, store_id: str, user_id: str, reason: str, *, by: Actor, now: datetime) -> None:
        """Give a store without an owner one; `Conflict` for one that has."""

    def ownerless(self, *, after: str, limit: int) -> Sequence[Store]:
        """Stores without an owner, the oldest first."""


class Names(Protocol):
    """Ids and names of users."""

    def id_of(self, username: str) -> str:
        """The id of a user; `NotFound` when nobody has this name."""

    def names_of(self, user_ids: Collection[str]) -> Mapping[str, str]:
        """The names of users by id; empty for those who were deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    stores: Stores
    payments: Payments
    orders: Orders
    names: Names
    tokens: Tokens
    service_tokens: ServiceTokens
    clock: Clock
    posted: Callable[[], None]
    """Called when something was posted to the ledger."""
    probes: Probes = field(default_factory=dict)
