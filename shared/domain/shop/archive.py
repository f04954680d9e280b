"""A shop's past as an archive or a generator tells it: who sold what to whom, in ids that come from content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.shop.ids import make_uuid7
from shared.domain.shop.records import LARGEST_PRICE, LARGEST_QUANTITY, Customer, Product, Purchase, Seller


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The tables of a shop, and its purchases in chunks: they may be many."""

    sellers: Sequence[Seller]
    products: Sequence[Product]
    customers: Sequence[Customer]
    purchases: Iterable[Sequence[Purchase]]
    refused: dict[str, int] = field(default_factory=dict)
    """Rows that were left out, counted by reason while the purchases are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What a sale cost: ``unit_price * quantity - discount`` is what was paid."""

    unit_price: int
    discount: int


def split_amounts(quantity: int, paid: int, worth: int) -> Amounts:
    """Return the price of one piece and the discount of a sale that an archive tells as a whole.

    The price is the smallest whole one at which the pieces are worth at least what the archive says; what the rounding
    adds is discount, so that the total is exactly what was paid.

    Parameters
    ----------
    quantity : pieces, at least 1.
    paid, worth : minor units, with discounts and without; 0 ≤ paid ≤ worth.
    """
    unit_price = max(1, -(-worth // quantity))
    return Amounts(unit_price=unit_price, discount=unit_price * quantity - paid)


def find_fault(quantity: int, paid: int, worth: int) -> str:
    """Return why a sale cannot be a purchase; empty if it can."""
    if quantity <= 0:
        return "no quantity"
    if quantity > LARGEST_QUANTITY or worth > LARGEST_PRICE * quantity:
        return "out of range"
    if not 0 <= paid <= worth:
        return "paid more than it is worth"
    return ""


def make_purchase(
    archive: str,
    key: str,
    product: Product,
    *,
    customer_id: str,
    seller_id: str,
    quantity: int,
    amounts: Amounts,
    purchased_at: datetime,
) -> Purchase:
    """Return a purchase whose id comes from the archive, its key there and its moment."""
    return Purchase(
        id=make_uuid7(purchased_at, archive, "purchases", key),
        customer_id=customer_id,
        seller_id=seller_id,
        product_id=product.id,
        product_name=product.name,
        category=product.category,
        quantity=quantity,
        unit_price=amounts.unit_price,
        discount=amounts.discount,
        total=amounts.unit_price * quantity - amounts.discount,
        currency=product.currency,
        purchased_at=purchased_at,
        recorded_at=purchased_at,
        cancelled_at=None,
    )


def chunks(purchases: Iterable[Purchase], size: int) -> Iterator[Sequence[Purchase]]:
    """Yield purchases in lists of a size; the last may be shorter."""
    chunk: list[Purchase] = []
    for purchase in purchases:
        chunk.append(purchase)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
