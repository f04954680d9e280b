"""Merch, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.merch.edge import NAME, Basket, Offer, Page
from shared.events.users import UserDeleted
from shared.web.openapi import (
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    JSON,
    OPERATOR,
    USER,
    Operation,
    cacheable,
    event_operation,
    no_content,
    ok,
)


class Item(BaseModel):
    """An item of the catalogue; `stock` is null where there is no limit."""

    name: str
    price: int
    valid_from: datetime
    stock: int | None
    on_sale: bool


class Catalogue(BaseModel):
    """By name."""

    items: list[Item]


class InventoryItem(BaseModel):
    """An item with the quantity that the user has."""

    item: str
    quantity: int


class Inventory(BaseModel):
    """By name."""

    items: list[InventoryItem]


class PurchaseLine(BaseModel):
    """Items of one kind, with the price of then."""

    item: str
    quantity: int
    price: int
    returned: int


class Purchase(BaseModel):
    """One purchase."""

    id: str
    bought_at: datetime
    total: int
    lines: list[PurchaseLine]


class Purchases(BaseModel):
    """One page, the latest first."""

    items: list[Purchase]
    next: str | None


class Paid(BaseModel):
    """The id of a purchase or of a return, and the coins that moved."""

    id: str
    total: int


class Exported(BaseModel):
    """The data that the shop keeps of a user."""

    inventory: list[InventoryItem]
    purchases: list[Purchase]


OPERATIONS = {
    "list_items": Operation(summary="What is sold, at today's prices", responses=cacheable(Catalogue)),
    "put_item": Operation(
        summary="Offer an item, change its stock or its price",
        access=OPERATOR,
        path={"name": {"type": "string", "pattern": NAME}},
        body={JSON: Offer},
        responses=no_content("It is offered."),
    ),
    "list_inventory": Operation(summary="What the caller has", access=USER, responses=ok(Inventory)),
    "list_purchases": Operation(summary="What the caller bought", access=USER, query=Page, responses=ok(Purchases)),
    "buy": Operation(
        summary="Buy one or several items in one transaction",
        access=USER,
        headers=IDEMPOTENCY_KEY,
        body={JSON: Basket},
        responses=ok(Paid, status=201, **IDEMPOTENCY_REPLAYED),
        error_statuses=(404, 409, 422),
    ),
    "return_items": Operation(
        summary="Give back items of a purchase for what they cost",
        access=USER,
        headers=IDEMPOTENCY_KEY,
        body={JSON: Basket},
        responses=ok(Paid, status=201, **IDEMPOTENCY_REPLAYED),
        error_statuses=(409, 422),
    ),
    "export": Operation(
        summary="What the shop keeps of the caller, as `GET /me/export` collects it",
        access=USER,
        responses=ok(Exported),
    ),
    "erase": event_operation(UserDeleted.TYPE, "Forget the inventory of a deleted user"),
}
