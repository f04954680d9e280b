"""Products in Postgres: what is sold, with filters, words and pages for those who look for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres.shop import requests
from shared.adapters.postgres.shop.refusals import map_refusals
from shared.adapters.postgres.statements import Statements, fetch_all
from shared.domain.shop.bulk import BulkReport, Row, RowFault, report
from shared.domain.shop.listing import ORDERS, CategoryCount, ProductFilter
from shared.domain.shop.records import NewProduct, Product
from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.domain.money.ledger import RequestKey

_SQL = Statements(Path(__file__).with_name("products.sql"))
_WORD = re.compile(r"\w+")
_WORDS_AT_MOST = 8


class PostgresProducts:
    """The table ``shop_products``. `owner` is the user whose sellers' products may be changed; None: everybody's."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def add(self, new: NewProduct, *, owner: str | None, key: RequestKey, now: datetime) -> tuple[Product, bool]:
        """Add a product; also whether an earlier request with this key did.

        Raises
        ------
        NotFound : the seller is none, or another user's.
        KeyReused, InProgress : as `requests.claim`.
        """

        def work(connection: Connection) -> tuple[Product, bool]:
            product_id = str(_SQL.value(connection, "new_id"))
            replay = requests.claim(connection, key, product_id)
            if replay is not None:
                return _require_row(_SQL.row(connection, Product, "find_any", product_id=replay.id), replay.id), True
            row = _SQL.row(connection, Product, "add", product_id=product_id, owner=owner, now=now, **asdict(new))
            if row is None:
                raise NotFound(f"seller {new.seller_id}")
            return row, False

        return self._database.transaction(work)

    def find(self, product_id: str) -> Product:
        """Return a product; `NotFound` when it is not sold."""
        return _require_row(_SQL.row(self._database, Product, "find", product_id=product_id), product_id)

    def list_page(
        self, wanted: ProductFilter, *, order: str, after: tuple[Any, str] | None, limit: int
    ) -> list[Product]:
        """Return a page of products.

        Parameters
        ----------
        order : one of `ORDERS`.
        after : the last product of the page before, by the order's field and its id.
        """
        value, last_id = after or (None, None)
        # A price and a name have different types, so only one of the two positions is set.
        position = {"after_price": None, "after_name": None, "after_id": last_id}
        if ORDERS[order] != "id":
            position[f"after_{ORDERS[order]}"] = value
        params = {**asdict(wanted), "query": _to_query(wanted.q), **position, "limit": limit}
        text = f"{_SQL.text('list_page')}\n{_SQL.text(f'by_{order}')}"
        with self._database.connection() as connection:
            return fetch_all(connection, Product, text, params)

    def categories(self) -> list[CategoryCount]:
        """Return the categories of what is sold, by name."""
        return _SQL.rows(self._database, CategoryCount, "categories")

    def replace(self, product_id: str, new: NewProduct, *, owner: str | None, now: datetime) -> Product:
        """Give a product all its fields anew; its seller stays. `NotFound` when it is none, or another user's."""
        with map_refusals():
            row = _SQL.row(
                self._database, Product, "replace", product_id=product_id, owner=owner, now=now, **asdict(new)
            )
        return _require_row(row, product_id)

    def delete(self, product_id: str, *, owner: str | None, now: datetime) -> None:
        """Sell it no more; `NotFound` when it is none, or another user's, also the second time."""
        if not _SQL.execute(self._database, "delete", product_id=product_id, owner=owner, now=now):
            raise NotFound(f"product {product_id}")

    def add_rows(
        self,
        rows: Sequence[Row[NewProduct]],
        faults: Sequence[RowFault],
        *,
        owner: str | None,
        key: RequestKey,
        now: datetime,
    ) -> BulkReport:
        """Add those whose seller the caller acts for, in one transaction; errors as `requests.claim`.

        Parameters
        ----------
        rows : what passed the checks that need nothing stored.
        faults : what did not, for the report.
        """

        def work(connection: Connection) -> BulkReport:
            replay = requests.claim(connection, key)
            if replay is not None:
                return requests.read_report(replay)
            added = set(_SQL.values(connection, "add_rows", **_columns(rows), owner=owner, now=now))
            strangers = [_stranger(row.number) for row in rows if row.number not in added]
            result = report(len(added), [*faults, *strangers])
            requests.answer_report(connection, key, result)
            return result

        return self._database.transaction(work)


def _columns(rows: Sequence[Row[NewProduct]]) -> dict[str, list[Any]]:
    fields = ("seller_id", "name", "description", "category", "price", "currency", "stock", "image")
    columns: dict[str, list[Any]] = {f"{each}_column": [getattr(row.value, each) for row in rows] for each in fields}
    return {"numbers": [row.number for row in rows], **columns}


def _stranger(number: int) -> RowFault:
    return RowFault(row=number, errors={"seller_id": "is no seller of yours"})


def _to_query(text: str | None) -> str | None:
    """Return a search as Postgres reads it: every word, each by its beginning; None where nothing is searched."""
    if text is None:
        return None
    words = [word for word in _WORD.findall(text)[:_WORDS_AT_MOST] if word.strip("_")]
    return " & ".join(f"'{word}':*" for word in words)


def _require_row(row: Product | None, product_id: str) -> Product:
    if row is None:
        raise NotFound(f"product {product_id}")
    return row
