"""Ports of shop. `owner` is the user whose own things are concerned; None: an operator, for whom all are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.domain.accounts.contacts import Address
from shared.domain.money.ledger import RequestKey
from shared.domain.shop.bulk import BulkReport, Row, RowFault
from shared.domain.shop.listing import CategoryCount, ProductFilter, PurchaseFilter
from shared.domain.shop.records import (
    Customer,
    CustomerFields,
    NewProduct,
    NewPurchase,
    Product,
    Purchase,
    Seller,
    SellerFields,
)
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import Tokens


class Sellers(Protocol):
    """Sellers. `NotFound` for one that is not there or not the owner's; `Conflict` for an e-mail address in use."""

    def add(self, new: SellerFields, *, user_id: str | None, now: datetime) -> Seller:
        """Add a seller."""

    def find(self, seller_id: str) -> Seller:
        """Return a seller."""

    def list_page(self, *, owner: str | None, before: str, limit: int) -> Sequence[Seller]:
        """Return sellers, the newest first."""

    def update(self, seller_id: str, changes: SellerFields, *, owner: str | None, now: datetime) -> Seller:
        """Change what is not None."""

    def delete(self, seller_id: str, *, now: datetime) -> None:
        """Delete a seller and what they sell."""

    def erase(self, user_id: str, *, now: datetime) -> None:
        """Delete the sellers of a user who is erased."""


class Products(Protocol):
    """Products. `NotFound` for one that is not sold, or not by the owner; keys as `Purchases`."""

    def add(self, new: NewProduct, *, owner: str | None, key: RequestKey, now: datetime) -> tuple[Product, bool]:
        """Add a product; also whether an earlier request with this key did."""

    def find(self, product_id: str) -> Product:
        """Return a product."""

    def list_page(
        self, wanted: ProductFilter, *, order: str, after: tuple[Any, str] | None, limit: int
    ) -> Sequence[Product]:
        """Return a page of products, after a position in the order."""

    def categories(self) -> Sequence[CategoryCount]:
        """Return the categories of what is sold."""

    def replace(self, product_id: str, new: NewProduct, *, owner: str | None, now: datetime) -> Product:
        """Give a product all its fields anew; its seller stays."""

    def delete(self, product_id: str, *, owner: str | None, now: datetime) -> None:
        """Sell it no more."""

    def add_rows(
        self,
        rows: Sequence[Row[NewProduct]],
        faults: Sequence[RowFault],
        *,
        owner: str | None,
        key: RequestKey,
        now: datetime,
    ) -> BulkReport:
        """Add what can be added; the faults of other rows go into the report."""


class Customers(Protocol):
    """Customers. `NotFound` for one who is not there or another user; `Conflict` for an e-mail address in use."""

    def add(self, new: CustomerFields, *, user_id: str | None, now: datetime) -> Customer:
        """Add a customer."""

    def find(self, customer_id: str, *, owner: str | None) -> Customer:
        """Return a customer."""

    def list_page(self, *, owner: str | None, email: Address | None, before: str, limit: int) -> Sequence[Customer]:
        """Return customers, the newest first."""

    def update(self, customer_id: str, changes: CustomerFields, *, owner: str | None, now: datetime) -> Customer:
        """Change what is not None."""

    def delete(self, customer_id: str, *, owner: str | None, now: datetime) -> None:
        """Erase what is personal."""

    def erase(self, user_id: str, *, now: datetime) -> None:
        """Erase the customer that a deleted user is."""

    def add_rows(
        self, rows: Sequence[Row[CustomerFields]], faults: Sequence[RowFault], *, key: RequestKey, now: datetime
    ) -> BulkReport:
        """Add those whose e-mail address nobody has."""


class Purchases(Protocol):
    """Purchases; each is recorded with its stock and its event, or not at all.

    `KeyReused` for the idempotency key of another request, `InProgress` while one with the same key is under way.
    """

    def buy(
        self, new: NewPurchase, *, user_id: str, is_operator: bool, key: RequestKey, now: datetime
    ) -> tuple[Purchase, bool]:
        """Record a purchase; also whether an earlier request with this key did.

        `NotFound` without such a product or customer, `Forbidden` where a customer chooses price or time, `Conflict`
        for too little stock or what does not fit the product.
        """

    def find(self, purchase_id: str, *, owner: str | None) -> Purchase:
        """Return a purchase; `NotFound` when the owner neither bought nor sold it."""

    def list_page(self, wanted: PurchaseFilter, *, owner: str | None, before: str, limit: int) -> Sequence[Purchase]:
        """Return what the owner bought or sold, the latest recorded first."""

    def cancel(self, purchase_id: str, *, user_id: str, is_operator: bool, now: datetime) -> bool:
        """Cancel a purchase, once; whether this call did. `NotFound` when the caller did not sell it."""

    def buy_rows(
        self,
        rows: Sequence[Row[NewPurchase]],
        faults: Sequence[RowFault],
        *,
        owner: str | None,
        key: RequestKey,
        now: datetime,
    ) -> BulkReport:
        """Record what can be recorded; the faults of other rows go into the report."""


class Upkeep(Protocol):
    """The tasks that the clock starts."""

    def publish(self) -> None:
        """Take pending events to the log; `Unavailable` when it does not take them."""

    def forget_keys(self, *, before: datetime) -> int:
        """Drop idempotency keys from before a moment, 10,000 at most; how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    sellers: Sellers
    products: Products
    customers: Customers
    purchases: Purchases
    upkeep: Upkeep
    tokens: Tokens
    clock: Clock
    purchased: Callable[[], None]
    """Called when a purchase was made or cancelled."""
    probes: Probes = field(default_factory=dict)
