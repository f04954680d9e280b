"""The answers of shop, as its OpenAPI document and its tables describe them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel


class Seller(BaseModel):
    """A seller as everybody sees them."""

    id: str
    name: str
    email: str
    phone: str
    address: str
    created_at: datetime
    updated_at: datetime


class OwnSeller(Seller):
    """A seller as who acts for them does; `user_id` is empty where operators alone do."""

    user_id: str


class Sellers(BaseModel):
    """One page, the newest first."""

    items: list[Seller]
    next: str | None


class OwnSellers(BaseModel):
    """One page, the newest first."""

    items: list[OwnSeller]
    next: str | None


class Product(BaseModel):
    """A product; `price` is in the currency's minor unit."""

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


class Products(BaseModel):
    """One page, in the order that was asked for."""

    items: list[Product]
    next: str | None


class Category(BaseModel):
    """A category with the number of its products."""

    category: str
    n_products: int


class Categories(BaseModel):
    """By name."""

    items: list[Category]


class Customer(BaseModel):
    """A customer; `user_id` is empty for one who is no user."""

    id: str
    user_id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    created_at: datetime
    updated_at: datetime


class Customers(BaseModel):
    """One page, the newest first."""

    items: list[Customer]
    next: str | None


class Purchase(BaseModel):
    """A purchase with its product as of the sale; amounts are in the currency's minor unit."""

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


class Purchases(BaseModel):
    """One page, the latest recorded first."""

    items: list[Purchase]
    next: str | None


class RowFault(BaseModel):
    """A row that was refused: its number, from 1, and what is wrong by field."""

    row: int
    errors: dict[str, str]


class BulkReport(BaseModel):
    """The outcome of a bulk request; `errors` lists the first hundred refused rows."""

    success_count: int
    error_count: int
    errors: list[RowFault]


class Exported(BaseModel):
    """The data that the shop keeps of a user."""

    customers: list[Customer]
    sellers: list[OwnSeller]
    purchases: list[Purchase]
