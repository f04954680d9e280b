"""Rows that are sent in bulk: each is judged alone, and one that is refused harms no other.

A row is accepted for what is in stock when its turn comes, in the order in which the rows were sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shared.domain.shop.records import NewPurchase
from shared.errors import InvalidInput

FAULTS_LISTED = 100
"""Refused rows that an answer names; all are counted."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """A row that was refused: its number, from 1, and what is wrong by field."""

    row: int
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """A row with its number, from 1."""

    number: int
    value: T


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkReport:
    """The outcome of a bulk request."""

    success_count: int
    error_count: int
    errors: tuple[RowFault, ...]
    """The first `FAULTS_LISTED` refused rows in their order."""
    replayed: bool = False
    """True when an earlier request with the same key did it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldProduct:
    """What a purchase takes from its product."""

    id: str
    seller_id: str
    seller_user_id: str
    name: str
    category: str
    price: int
    currency: str
    stock: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A purchase that is accepted, with all that it takes from its product."""

    new: NewPurchase
    product: SoldProduct

    @property
    def unit_price(self) -> int:
        """The price that was asked for, or the product's."""
        return self.product.price if self.new.unit_price is None else self.new.unit_price

    @property
    def discount(self) -> int:
        """The amount taken off the whole purchase."""
        return self.new.discount or 0

    @property
    def total(self) -> int:
        """The amount that is paid."""
        return self.unit_price * self.new.quantity - self.discount


@dataclass(slots=True)
class PurchaseJudge:
    """Decides rows of purchases one after the other."""

    products: Mapping[str, SoldProduct]
    customers: frozenset[str]
    seller_user_id: str
    """The user whose sellers' products may be sold; empty: everybody's."""
    _taken: dict[str, int] = field(default_factory=dict)

    def judge(self, new: NewPurchase) -> Sale:
        """Return the sale of a row; `InvalidInput` names the field that stands against it."""
        product = self.products.get(new.product_id)
        if product is None or self.seller_user_id not in ("", product.seller_user_id):
            raise _fault("product_id", "is no product of yours" if self.seller_user_id else "is no product")
        if new.customer_id not in self.customers:
            raise _fault("customer_id", "is no customer")
        if new.seller_id not in (None, product.seller_id):
            raise _fault("seller_id", "does not sell this product")
        if new.currency not in (None, product.currency):
            raise _fault("currency", f"must be {product.currency}, which the product is sold for")
        sale = Sale(new=new, product=product)
        if sale.total < 0:
            raise _fault("discount", "must be at most price times quantity")
        self._take(product, new.quantity)
        return sale

    @property
    def taken(self) -> Mapping[str, int]:
        """The pieces that the accepted rows take of each product."""
        return self._taken

    def _take(self, product: SoldProduct, quantity: int) -> None:
        taken = self._taken.get(product.id, 0) + quantity
        if taken > product.stock:
            raise _fault("quantity", f"is more than the {product.stock - taken + quantity} in stock")
        self._taken[product.id] = taken


def report(n_accepted: int, faults: Iterable[RowFault]) -> BulkReport:
    """Return the report of so many accepted rows and all refused ones."""
    ordered = sorted(faults, key=lambda fault: fault.row)
    return BulkReport(success_count=n_accepted, error_count=len(ordered), errors=tuple(ordered[:FAULTS_LISTED]))


def _fault(field: str, rule: str) -> InvalidInput:
    return InvalidInput(f"{field} {rule}", errors={field: rule})
