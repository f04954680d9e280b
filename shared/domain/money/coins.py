"""Coins of users: their accounts, and what managers may do to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.money.ledger import COIN, AccountId, AccountType, Side
from shared.errors import Conflict, Forbidden, InvalidInput

COINS = AccountType(name="coins", currency=COIN, normal_side=Side.CREDIT, minimum=0)
"""The account of a user's coins."""
PARTS = 16
"""Parts of an account that takes part in everybody's purchases."""
ISSUED = AccountType(name="issued", currency=COIN, normal_side=Side.DEBIT, parts=PARTS)
"""Coins that were brought into being; its balance is what all others hold together."""
REVENUE = AccountType(name="revenue", currency=COIN, normal_side=Side.CREDIT, parts=PARTS)
"""Coins that were paid in the merch shop."""
FORFEITED = AccountType(name="forfeited", currency=COIN, normal_side=Side.CREDIT)
"""Coins of users who were deleted."""
ISSUER, SHOP = "systems/coins", "systems/merch"
FIRST_COINS = 1_000
"""Coins that every user begins with."""
KEY_LIFETIME = timedelta(days=3)
"""The time for which an idempotency key is remembered."""
SECOND_MANAGER_ABOVE = 10_000
"""An order of more coins waits for a second manager."""
MANAGER_DAILY_CAP = 50_000
"""Coins one manager may order within 24 hours."""
CAP_WINDOW = timedelta(days=1)


class OrderState(StrEnum):
    """The state of a manager's order."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class Action(StrEnum):
    """The kinds of orders."""

    GRANT = "grant"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A manager's order about a user's coins."""

    id: str
    action: Action
    user_id: str
    amount: int
    reason: str
    ordered_by: str
    ordered_at: datetime
    state: OrderState
    subject_id: str = ""
    """The transaction that is reversed."""
    decided_by: str = ""
    transaction_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A transfer that is in the ledger."""

    transaction_id: str
    replayed: bool
    balance: int
    """The sender's balance right after the transfer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The effect of an order that is not placed."""

    balance: int
    balance_after: int
    needs_second_manager: bool
    left_today: int
    """Coins that the manager may still order within 24 hours, this order included."""


def owner_of(user_id: str) -> str:
    """The owner of a user's accounts."""
    return f"users/{user_id}"


def user_of(owner: str) -> str:
    """The user of an owner; empty for one that is no user."""
    return owner.removeprefix("users/") if owner.startswith("users/") else ""


def account_of(user_id: str) -> AccountId:
    """The account of a user's coins."""
    return COINS.account(owner_of(user_id))


def check_reason(text: str) -> str:
    """Return a reason for the audit trail; `InvalidInput` unless it is from 3 to 500 characters."""
    reason = " ".join(text.split())
    if not 3 <= len(reason) <= 500:
        raise InvalidInput("reason must be from 3 to 500 characters", errors={"reason": "from 3 to 500 characters"})
    return reason


def check_manager_moves_others(manager_id: str, *user_ids: str) -> None:
    """Return when none of these is the manager, raise `Forbidden` otherwise: nobody moves their own coins."""
    if manager_id in user_ids:
        raise Forbidden("a manager cannot move their own coins; ask another manager")


def check_reversible(kind: str) -> None:
    """Return when a transaction of this kind may be reversed, raise `Conflict` otherwise."""
    if kind == "purchase":
        raise Conflict("a purchase is undone by the return of its items")
    if kind not in ("transfer", "grant", "welcome"):
        raise Conflict(f"a {kind} cannot be reversed")


def check_cap(amount: int, ordered: int) -> None:
    """Return when an amount fits what a manager may order within 24 hours, raise `Conflict` otherwise."""
    if ordered + amount > MANAGER_DAILY_CAP:
        left = max(MANAGER_DAILY_CAP - ordered, 0)
        raise Conflict(f"a manager may order {MANAGER_DAILY_CAP} coins in 24 hours; {left} are left")


def needs_second_manager(amount: int) -> bool:
    """Return whether an order waits for the approval of another manager."""
    return amount > SECOND_MANAGER_ABOVE


def check_decision(order: Order, manager_id: str) -> None:
    """Return when this manager may decide an order.

    Raises
    ------
    Conflict : it was decided before.
    Forbidden : it is the manager's own order, or about their own coins.
    """
    check_second_manager(manager_id, order_id=order.id, state=order.state, ordered_by=order.ordered_by)
    check_manager_moves_others(manager_id, order.user_id)


def check_second_manager(manager_id: str, *, order_id: str, state: str, ordered_by: str) -> None:
    """Return when this manager may be the second of an order, of whatever area.

    Raises
    ------
    Conflict : it was decided before.
    Forbidden : it is the manager's own order.
    """
    if state != OrderState.WAITING:
        raise Conflict(f"order {order_id} is {state}")
    if ordered_by == manager_id:
        raise Forbidden("another manager has to decide this order")
