"""A simulated shop: 100 products, 200 customers and five years of purchases, the same for the same seed.

Nothing in it is real, and every name says so. Sales follow a week (weekends sell more) and a year (a season begins in
August, gifts are bought in December); some customers buy more often than others, and prices rise by a few percent a
year.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.shop.archive import Amounts, Archive, chunks, make_purchase
from shared.domain.shop.ids import make_uuid7
from shared.domain.shop.records import Customer, Product, Purchase, Seller

ARCHIVE = "simulated"
N_SELLERS, N_PRODUCTS, N_CUSTOMERS = 5, 100, 200
YEARS = timedelta(days=5 * 365)
_CHUNK = 5_000
_SECONDS_A_DAY = 86_400
_CATEGORIES = (
    ("Shirts", 2_500, 9_000),
    ("Scarves", 900, 2_500),
    ("Mugs", 600, 1_800),
    ("Books", 800, 4_000),
    ("Balls", 1_200, 6_500),
    ("Caps", 900, 2_900),
    ("Posters", 400, 1_500),
    ("Boots", 4_000, 15_000),
)
"""Categories with the lowest and the highest price in cents."""
_MONTHS = (0.8, 0.8, 0.9, 1.0, 1.0, 0.7, 0.8, 1.3, 1.1, 1.0, 1.1, 1.7)
"""How much more or less is bought in each month; our invention."""
_WEEKEND = 1.5
_INFLATION = 0.03
"""A year; our invention."""
_CURRENCY = "EUR"


def make_shop(seed: int, *, until: datetime, n_purchases: int) -> Archive:
    """Return a simulated shop.

    Parameters
    ----------
    seed : of all that is drawn; another seed is another shop beside it.
    until : aware; the end of the five years.
    n_purchases : in all of them.
    """
    draw = random.Random(seed)
    begins = until - YEARS
    archive = f"{ARCHIVE}-{seed}"
    sellers = [_seller(archive, n, begins) for n in range(1, N_SELLERS + 1)]
    products = [_product(archive, n, draw, sellers, begins) for n in range(1, N_PRODUCTS + 1)]
    customers = [_customer(archive, n, begins) for n in range(1, N_CUSTOMERS + 1)]
    purchases = _purchases(archive, draw, products, customers, begins, n_purchases)
    return Archive(sellers=sellers, products=products, customers=customers, purchases=chunks(purchases, _CHUNK))


def _seller(archive: str, n: int, begins: datetime) -> Seller:
    return Seller(
        id=make_uuid7(begins, archive, "sellers", str(n)),
        user_id="",
        name=f"Simulated seller {n}",
        email="",
        phone="",
        address="",
        created_at=begins,
        updated_at=begins,
    )


def _product(archive: str, n: int, draw: random.Random, sellers: Sequence[Seller], begins: datetime) -> Product:
    category, lowest, highest = _CATEGORIES[n % len(_CATEGORIES)]
    return Product(
        id=make_uuid7(begins, archive, "products", str(n)),
        seller_id=draw.choice(sellers).id,
        name=f"Simulated {category.lower()} {n}",
        description="Simulated: nobody can buy this.",
        category=category,
        price=draw.randint(lowest, highest),
        currency=_CURRENCY,
        stock=draw.randint(0, 500),
        image="",
        created_at=begins,
        updated_at=begins,
    )


def _customer(archive: str, n: int, begins: datetime) -> Customer:
    return Customer(
        id=make_uuid7(begins, archive, "customers", str(n)),
        user_id="",
        first_name="Simulated",
        last_name=f"Customer {n}",
        email="",
        phone="",
        created_at=begins,
        updated_at=begins,
    )


def _purchases(
    archive: str,
    draw: random.Random,
    products: Sequence[Product],
    customers: Sequence[Customer],
    begins: datetime,
    n_purchases: int,
) -> Iterator[Purchase]:
    # A few buy most: the n-th customer and the n-th product count as one n-th (Zipf).
    who = draw.choices(customers, [1 / n for n in range(1, len(customers) + 1)], k=n_purchases)
    what = draw.choices(products, [1 / math.sqrt(n) for n in range(1, len(products) + 1)], k=n_purchases)
    days = draw.choices(
        range(YEARS.days), [_demand(begins + timedelta(days=n)) for n in range(YEARS.days)], k=n_purchases
    )
    for n, day in enumerate(sorted(days)):
        moment = begins + timedelta(days=day, seconds=draw.randrange(_SECONDS_A_DAY))
        product, quantity = what[n], draw.choices((1, 2, 3, 5), (70, 20, 7, 3))[0]
        price = round(product.price * (1 + _INFLATION) ** (day / 365 - YEARS.days / 365))
        yield make_purchase(
            archive,
            str(n),
            replace(product, price=price),
            customer_id=who[n].id,
            seller_id=product.seller_id,
            quantity=quantity,
            amounts=Amounts(unit_price=max(1, price), discount=0),
            purchased_at=moment,
        )


def _demand(day: datetime) -> float:
    return _MONTHS[day.month - 1] * (_WEEKEND if day.weekday() >= 5 else 1.0)
