"""Ports of coins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.domain.accounts.audit import Actor
from shared.domain.money.coins import Action, Order, Preview, Transfer
from shared.domain.money.history import CounterpartySum, DailySum, HistoryLine, StatementLine
from shared.domain.money.ledger import AccountState, Balance, RequestKey
from shared.events.money import TransactionPosted
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import Tokens


class Coins(Protocol):
    """Accounts of users' coins."""

    def open(self, user_id: str) -> None:
        """Open the account of a user with the first coins, once."""

    def balance(self, user_id: str) -> Balance:
        """The counters of a user's account, which opens itself."""

    def account_id(self, user_id: str) -> int:
        """The id of a user's account, which opens itself."""

    def transfer(self, sender_id: str, receiver_id: str, amount: int, *, key: RequestKey | None) -> Transfer:
        """Move coins from one user to another."""

    def close(self, user_id: str) -> bool:
        """Take the coins of a deleted user out of circulation; whether the account is closed."""


class Orders(Protocol):
    """Orders of managers; each step is recorded in the audit trail, in the commit that moves the coins."""

    def preview(self, action: Action, user_id: str, amount: int, subject_id: str, *, by: Actor) -> Preview:
        """Return the effect of an order without placing it; errors as `place`."""

    def place(
        self, action: Action, user_id: str, amount: int, subject_id: str, reason: str, *, by: Actor, now: datetime
    ) -> Order:
        """Do an order, or let it wait for a second manager.

        Raises
        ------
        Forbidden : who acts is no manager any more, or moves their own coins.
        Conflict : more was ordered within 24 hours than one manager may; or as `ledger.reverse`.
        NotFound : there is no such transaction.
        InsufficientFunds : what would be taken back is spent.
        """

    def decide(self, order_id: str, *, approved: bool, by: Actor, now: datetime) -> Order:
        """Do or refuse an order that waits; errors as `place` and `check_decision`."""

    def waiting(self, *, after: str, limit: int) -> Sequence[Order]:
        """Orders that wait for a second manager, the oldest first."""

    def set_state(self, user_id: str, state: AccountState, reason: str, *, by: Actor, now: datetime) -> None:
        """Freeze an account or open it again."""

    def transaction_parties(self, transaction_id: str) -> tuple[Mapping[str, int], int]:
        """Users whose coins a transaction moved, with the amounts, and its largest amount; `NotFound`."""


class History(Protocol):
    """Postings as they are projected."""

    def store(self, posted: TransactionPosted, *, token: str) -> None:
        """Store the postings of a block; again is the same as once."""

    def history(self, account_id: int, *, before: int, limit: int) -> Sequence[HistoryLine]:
        """Postings of an account, the latest first."""

    def counterparties(self, account_id: int) -> Sequence[CounterpartySum]:
        """Sums by the other owner."""

    def opening(self, account_id: int, begins: datetime) -> int:
        """The sum of all postings that took effect before a moment."""

    def statement(self, account_id: int, begins: datetime, ends: datetime) -> Sequence[StatementLine]:
        """Postings that took effect in a period."""

    def daily_sums(self, account_id: int, begins: datetime, ends: datetime) -> Sequence[DailySum]:
        """Sums by day of a period."""


class Names(Protocol):
    """Ids and names of users."""

    def id_of(self, username: str) -> str:
        """The id of a user; `NotFound` when nobody has this name."""

    def names_of(self, user_ids: Collection[str]) -> Mapping[str, str]:
        """The names of users by id; empty for those who were deleted."""


class Upkeep(Protocol):
    """Maintenance of the ledger, started by the clock."""

    def seal(self) -> None:
        """Seal what was posted, and hand its events over."""

    def expire_holds(self) -> int:
        """End holds whose time is over, and close accounts that waited for that."""

    def forget_keys(self, *, before: datetime) -> int:
        """Drop idempotency keys that were claimed before."""

    def verify(self) -> Sequence[str]:
        """Return the faults of the ledger; empty when every rule holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    coins: Coins
    orders: Orders
    history: History
    names: Names
    upkeep: Upkeep
    tokens: Tokens
    clock: Clock
    posted: Callable[[], None]
    """Called when something was posted to the ledger."""
    probes: Probes = field(default_factory=dict)
