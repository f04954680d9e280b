"""The bodies and queries merch accepts, and how items and purchases look outside."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.merch import service
from shared.domain.money.merch import ITEM_NAME, ITEMS_AT_MOST, QUANTITY_AT_MOST, Purchase
from shared.errors import InvalidInput
from shared.web import callers, http, paging

LARGEST_PRICE = 1_000_000_000
LARGEST_STOCK = 10**12
NAME = f"^{ITEM_NAME.pattern}$"
_EXPORTED_PURCHASES = 10_000


class Line(BaseModel):
    """An item and how many of it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    item: str = Field(pattern=NAME)
    quantity: int = Field(default=1, ge=1, le=QUANTITY_AT_MOST)


class Basket(BaseModel):
    """Items that are bought or returned at once."""

    model_config = ConfigDict(extra="forbid", strict=True)
    items: list[Line] = Field(min_length=1, max_length=ITEMS_AT_MOST)


class Offer(BaseModel):
    """An item as an operator offers it."""

    model_config = ConfigDict(extra="forbid")
    price: int = Field(ge=1, le=LARGEST_PRICE, strict=True)
    valid_from: AwareDatetime | None = Field(default=None, description="since when it costs that; null is now")
    stock: int | None = Field(default=None, ge=0, le=LARGEST_STOCK, strict=True, description="null: no limit")
    on_sale: bool = Field(default=True, strict=True)


class Page(BaseModel):
    """Query of a page."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


def list_items(deps: service.Deps) -> Response:
    """The catalogue; the same for everybody."""
    return http.cacheable_json({"items": [asdict(each) for each in service.list_items(deps)]})


def put_item(name: str, deps: service.Deps) -> Response:
    """204."""
    caller, offer = callers.operator(deps), http.read_body(Offer)
    if not ITEM_NAME.fullmatch(name):
        rule = "must be 1 to 40 lower-case letters, digits and hyphens"
        raise InvalidInput(f"the item's name {rule}", errors={"name": rule})
    service.put_item(
        caller,
        name,
        stock=offer.stock,
        on_sale=offer.on_sale,
        price=offer.price,
        valid_from=_within_reason(offer.valid_from),
        deps=deps,
    )
    return http.no_content()


def list_inventory(deps: service.Deps) -> Response:
    """Return the caller's inventory."""
    return callers.private_json(
        {"items": [asdict(each) for each in service.list_inventory(callers.caller(deps), deps)]}
    )


def list_purchases(deps: service.Deps) -> Response:
    """One page of what the caller bought."""
    caller, page = callers.caller(deps), http.read_query(Page)
    before = paging.decode_id(page.cursor)
    purchases = service.list_purchases(caller, before=before, limit=page.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([_to_json(each) for each in purchases], page.limit))


def buy(deps: service.Deps) -> Response:
    """201 with the purchase's id and what was paid."""
    caller, basket = callers.caller(deps), _basket()
    bought = service.buy(caller, basket, callers.idempotency_key(caller, "purchase", basket), deps)
    replayed = {"Idempotency-Replayed": "true"} if bought.replayed else {}
    return callers.private_json({"id": bought.purchase_id, "total": bought.total}, 201, **replayed)


def return_items(purchase_id: str, deps: service.Deps) -> Response:
    """201 with the transaction's id and what was paid back."""
    caller, basket = callers.caller(deps), _basket()
    key = callers.idempotency_key(caller, "return", [purchase_id, basket])
    returned = service.return_items(caller, purchase_id, basket, key, deps)
    replayed = {"Idempotency-Replayed": "true"} if returned.replayed else {}
    return callers.private_json({"id": returned.transaction_id, "total": returned.total}, 201, **replayed)


def export(deps: service.Deps) -> Response:
    """The caller's part of the account's export."""
    caller = callers.caller(deps)
    purchases = service.list_purchases(caller, before="", limit=_EXPORTED_PURCHASES, deps=deps)
    inventory = [asdict(each) for each in service.list_inventory(caller, deps)]
    return callers.private_json({"inventory": inventory, "purchases": [_to_json(each) for each in purchases]})


def _basket() -> dict[str, int]:
    lines = http.read_body(Basket).items
    basket = {line.item: line.quantity for line in lines}
    if len(basket) < len(lines):
        raise InvalidInput("an item is given twice", errors={"items": "name each item once"})
    return basket


def _within_reason(moment: datetime | None) -> datetime | None:
    if moment is not None and not 2000 <= moment.year <= 2100:
        raise InvalidInput("valid_from is out of range", errors={"valid_from": "must be from 2000 to 2100"})
    return moment


def _to_json(purchase: Purchase) -> dict[str, Any]:
    return {**asdict(purchase), "lines": [asdict(line) for line in purchase.lines]}
