"""What lists of products and purchases can be narrowed to, and their orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

ORDERS: Mapping[str, str] = MappingProxyType({"newest": "id", "cheapest": "price", "dearest": "price", "name": "name"})
"""The orders of a list of products, each with the field that it is by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """The products that a list is about; None does not narrow it."""

    category: str | None = None
    seller_id: str | None = None
    q: str | None = None
    """Words, each by its beginning, of name, category or description."""
    currency: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool | None = None
    """True: only what can be bought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseFilter:
    """The purchases that a list is about; None does not narrow it."""

    customer_id: str | None = None
    product_id: str | None = None
    seller_id: str | None = None
    purchased_from: datetime | None = None
    purchased_until: datetime | None = None
    """Excluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCount:
    """A category with the number of its products."""

    category: str
    n_products: int
