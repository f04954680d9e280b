"""Items, prices and purchases of the merch shop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from shared.errors import InvalidInput, NotFound

FIRST_CATALOGUE: Mapping[str, int] = MappingProxyType(
    {
        "t-shirt": 80,
        "cup": 20,
        "book": 50,
        "pen": 10,
        "powerbank": 200,
        "hoody": 300,
        "umbrella": 200,
        "socks": 10,
        "wallet": 50,
        "pink-hoody": 500,
    }
)
"""Items and prices of the assignment, in stock without limit; what a new shop sells until operators change it."""
ITEM_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
ITEMS_AT_MOST = 50
"""Different items in one purchase."""
QUANTITY_AT_MOST = 1_000
"""The largest quantity of one item in one purchase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of the catalogue."""

    name: str
    price: int
    valid_from: datetime
    """Since when it costs that."""
    stock: int | None
    """None: no limit."""
    on_sale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLine:
    """Items of one kind in a purchase."""

    item: str
    quantity: int
    price: int
    returned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """Items that a user bought at once."""

    id: str
    """Also of the transaction that paid for it."""
    bought_at: datetime
    total: int
    lines: tuple[PurchaseLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryItem:
    """An item with the quantity that a user has."""

    item: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """A purchase that is paid."""

    purchase_id: str
    replayed: bool
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Items that were taken back and paid for."""

    transaction_id: str
    replayed: bool
    total: int


def check_basket(basket: Mapping[str, int]) -> Mapping[str, int]:
    """Items with quantities; `InvalidInput` for too many or too few, `NotFound` for a name that no item can have."""
    if not 1 <= len(basket) <= ITEMS_AT_MOST:
        rule = f"must be from 1 to {ITEMS_AT_MOST} different items"
        raise InvalidInput(f"items {rule}", errors={"items": rule})
    for item, quantity in basket.items():
        if not ITEM_NAME.fullmatch(item):
            raise NotFound(f"item {item!r} is not for sale")
        if not 1 <= quantity <= QUANTITY_AT_MOST:
            rule = f"must be from 1 to {QUANTITY_AT_MOST}"
            raise InvalidInput(f"quantity of {item!r} {rule}", errors={"quantity": rule})
    return basket
