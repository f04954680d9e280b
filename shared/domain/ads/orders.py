"""Orders of the platform's managers about stores' money: adjustments and refunds, above a limit by two of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.money.coins import check_second_manager
from shared.domain.money.ledger import LARGEST_AMOUNT
from shared.errors import Conflict, InvalidInput

SECOND_MANAGER_ABOVE = 100_000
"""An order of more, in minor units, waits for a second manager."""
MANAGER_DAILY_CAP = 1_000_000
"""What one manager may order within `CAP_WINDOW`, in minor units."""
CAP_WINDOW = timedelta(days=1)


class Action(StrEnum):
    """The kinds of orders."""

    ADJUSTMENT = "adjustment"
    """Gives a store money of the platform's, or takes it."""
    REFUND = "refund"
    """Pays a part of a top-up back to who paid it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order to be placed; a negative adjustment takes from the store."""

    action: Action
    store_id: str
    amount: int
    reason: str
    top_up_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A manager's order."""

    id: str
    action: str
    store_id: str
    top_up_id: str
    amount: int
    reason: str
    ordered_by: str
    ordered_at: datetime
    state: str
    decided_by: str
    transaction_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The effect of an adjustment that is not ordered."""

    balance: int
    balance_after: int
    needs_second_manager: bool
    left_today: int
    """What the manager may still order, this order included."""


def needs_second_manager(amount: int) -> bool:
    """Return whether an order waits for the approval of another manager."""
    return abs(amount) > SECOND_MANAGER_ABOVE


def check_adjustment(amount: int) -> int:
    """Return the amount of an adjustment; `InvalidInput` when it is nothing or too much."""
    if isinstance(amount, bool) or not 1 <= abs(amount) <= LARGEST_AMOUNT:
        rule = f"must be from 1 to {LARGEST_AMOUNT}, or less than 0"
        raise InvalidInput(f"amount {rule}", errors={"amount": rule})
    return amount


def check_cap(amount: int, ordered: int) -> None:
    """Return when an amount fits what a manager may order in a day, raise `Conflict` otherwise."""
    if ordered + abs(amount) > MANAGER_DAILY_CAP:
        left = max(MANAGER_DAILY_CAP - ordered, 0)
        raise Conflict(f"a manager may order {MANAGER_DAILY_CAP} in 24 hours; {left} are left")


def check_decision(order: Order, manager_id: str) -> None:
    """Return when this manager may decide an order; `Conflict` once it is decided, `Forbidden` for their own."""
    check_second_manager(manager_id, order_id=order.id, state=order.state, ordered_by=order.ordered_by)
