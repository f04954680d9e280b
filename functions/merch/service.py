"""Sell merch for coins; what is paid and what is handed out are one commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.domain.money.ledger import RequestKey
from shared.domain.money.merch import Bought, InventoryItem, Item, Purchase, Returned
from shared.events.envelope import Event
from shared.events.users import UserDeleted
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security import access
from shared.security.tokens import Caller, Tokens


class Merch(Protocol):
    """Items, inventories and purchases."""

    def catalogue(self, *, at: datetime, with_hidden: bool) -> Sequence[Item]:
        """Return the items on sale at a moment, with their prices."""

    def put_item(self, name: str, *, stock: int | None, on_sale: bool, price: int, valid_from: datetime) -> None:
        """Offer an item, or change its stock, and give it a price from a moment on."""

    def buy(self, user_id: str, basket: Mapping[str, int], *, now: datetime, key: RequestKey | None) -> Bought:
        """Buy items in the quantities of a basket.

        `NotFound` for an item that is not for sale, `InsufficientFunds`, `Conflict` where there is too little in stock.
        """

    def return_items(
        self, user_id: str, purchase_id: str, basket: Mapping[str, int], *, key: RequestKey | None
    ) -> Returned:
        """Take back items of a purchase and pay what they cost."""

    def inventory(self, user_id: str) -> Sequence[InventoryItem]:
        """Return a user's inventory."""

    def purchases(self, user_id: str, *, before: str, limit: int) -> Sequence[Purchase]:
        """Return a user's purchases, the latest first."""

    def erase(self, user_id: str) -> None:
        """Forget what a deleted user has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    merch: Merch
    tokens: Tokens
    clock: Clock
    posted: Callable[[], None]
    """Called when something was posted to the ledger."""
    probes: Probes = field(default_factory=dict)


def list_items(deps: Deps, *, with_hidden: bool = False) -> Sequence[Item]:
    """Return the items on sale now; `with_hidden` also those that are not."""
    return deps.merch.catalogue(at=deps.clock.now(), with_hidden=with_hidden)


def put_item(
    caller: Caller, name: str, *, stock: int | None, on_sale: bool, price: int, valid_from: datetime | None, deps: Deps
) -> None:
    """Offer or change an item; a price begins now unless it says when."""
    access.require_operator(caller)
    deps.merch.put_item(name, stock=stock, on_sale=on_sale, price=price, valid_from=valid_from or deps.clock.now())


def buy(caller: Caller, basket: Mapping[str, int], key: RequestKey | None, deps: Deps) -> Bought:
    """Buy one or several items at once."""
    bought = deps.merch.buy(caller.user_id, basket, now=deps.clock.now(), key=key)
    deps.posted()
    return bought


def return_items(
    caller: Caller, purchase_id: str, basket: Mapping[str, int], key: RequestKey | None, deps: Deps
) -> Returned:
    """Give back items of one's own purchase."""
    returned = deps.merch.return_items(caller.user_id, purchase_id, basket, key=key)
    deps.posted()
    return returned


def list_inventory(caller: Caller, deps: Deps) -> Sequence[InventoryItem]:
    """Return the caller's inventory."""
    return deps.merch.inventory(caller.user_id)


def list_purchases(caller: Caller, *, before: str, limit: int, deps: Deps) -> Sequence[Purchase]:
    """Return the caller's purchases, the latest first."""
    return deps.merch.purchases(caller.user_id, before=before, limit=limit)


def erase(event: Event, deps: Deps) -> None:
    """Forget what a deleted user has."""
    deps.merch.erase(UserDeleted.from_event(event).user_id)
