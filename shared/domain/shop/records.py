"""Sellers, products, customers and purchases. Amounts are integers in the minor unit of their currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.accounts.contacts import Address
from shared.errors import InvalidInput

NAME_LENGTH = 200
PERSON_NAME_LENGTH = 100
CATEGORY_LENGTH = 100
DESCRIPTION_LENGTH = 4_000
ADDRESS_LENGTH = 500
IMAGE_LENGTH = 2_000
LARGEST_PRICE = 10**10
LARGEST_QUANTITY = 100_000
"""The largest quantity of one purchase; with the largest price a total is within 10^15, far below 2^63."""
LARGEST_STOCK = 10**12
EARLIEST_YEAR = 2000
CLOCK_TOLERANCE = timedelta(minutes=5)
"""A purchase may be dated this far ahead of our clock, as the clocks of tills differ."""
KEY_LIFETIME = timedelta(days=3)
"""The time for which an idempotency key is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Somebody who sells; `user_id` is the user who acts for them, empty where operators alone do."""

    id: str
    user_id: str
    name: str
    email: str
    phone: str
    address: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product of a seller, with its price and the pieces in stock."""

    id: str
    seller_id: str
    name: str
    description: str
    category: str
    price: int
    currency: str
    stock: int
    image: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Somebody who buys; `user_id` is the user who they are, empty for one whom an operator or an archive knows."""

    id: str
    user_id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """A purchase with its product as of the sale; ``total = unit_price * quantity - discount``."""

    id: str
    customer_id: str
    seller_id: str
    product_id: str
    product_name: str
    category: str
    quantity: int
    unit_price: int
    discount: int
    total: int
    currency: str
    purchased_at: datetime
    recorded_at: datetime
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerFields:
    """What is told of a seller; None leaves a stored field as it is."""

    name: str | None = None
    email: Address | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFields:
    """What is told of a customer; None leaves a stored field as it is."""

    first_name: str | None = None
    last_name: str | None = None
    email: Address | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProduct:
    """A product that is added, or what a stored one is replaced by."""

    seller_id: str
    name: str
    description: str
    category: str
    price: int
    currency: str
    stock: int | None
    """None leaves the stock of a stored product as it is."""
    image: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPurchase:
    """A purchase that is asked for; None is the product's own seller, price and currency, no discount, and now."""

    product_id: str
    customer_id: str
    quantity: int
    seller_id: str | None = None
    unit_price: int | None = None
    discount: int | None = None
    currency: str | None = None
    purchased_at: datetime | None = None


def check_sale(new: NewPurchase, now: datetime) -> None:
    """Return when the parts of a purchase agree that need nothing stored, raise `InvalidInput` otherwise."""
    if new.purchased_at is not None:
        check_moment(new.purchased_at, now)
    if new.unit_price is not None and (new.discount or 0) > new.unit_price * new.quantity:
        rule = "must be at most price times quantity"
        raise InvalidInput(f"the discount {rule}", errors={"discount": rule})


def check_moment(purchased_at: datetime, now: datetime) -> None:
    """Return when a sale may have been then, raise `InvalidInput` otherwise."""
    if purchased_at > now + CLOCK_TOLERANCE or purchased_at.year < EARLIEST_YEAR:
        rule = f"must be from {EARLIEST_YEAR} until now"
        raise InvalidInput(f"purchased_at {rule}", errors={"purchased_at": rule})
