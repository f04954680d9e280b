"""The merch shop in Postgres: stock, coins and inventory change in one round trip, or nothing does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared import lazy
from shared.adapters.postgres import ledger
from shared.adapters.postgres.statements import Statements
from shared.domain.money.coins import FIRST_COINS
from shared.domain.money.ledger import RequestKey
from shared.domain.money.merch import (
    FIRST_CATALOGUE,
    Bought,
    InventoryItem,
    Item,
    Purchase,
    PurchaseLine,
    Returned,
    check_basket,
)
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from psycopg import errors as pg

    from shared.adapters.postgres.database import Connection, Postgres
else:
    pg = lazy.Module("psycopg.errors")

_SQL = Statements(Path(__file__).parent / "sql" / "merch.sql")
_CHECKS = {
    "merch_items_stock": "there are not so many in stock",
    "merch_inventory_quantity": "these items are not in the inventory any more",
    "merch_purchase_lines_returned": "more would be returned than was bought",
}


@dataclass(frozen=True, slots=True)
class _PurchaseRow:
    id: str
    bought_at: datetime
    total: int


@dataclass(frozen=True, slots=True)
class _LineRow:
    purchase_id: str
    item: str
    quantity: int
    price: int
    returned: int

    def line(self) -> PurchaseLine:
        return PurchaseLine(item=self.item, quantity=self.quantity, price=self.price, returned=self.returned)


class PostgresMerch:
    """The tables of the merch shop."""

    def __init__(self, database: Postgres) -> None:
        self._database = database
        self._seeded = False

    def catalogue(self, *, at: datetime, with_hidden: bool = False) -> list[Item]:
        """Return the items on sale at a moment, with their prices; `with_hidden` also those that are not."""
        self._seed()
        return _SQL.rows(self._database, Item, "catalogue", at=at, with_hidden=with_hidden)

    def put_item(self, name: str, *, stock: int | None, on_sale: bool, price: int, valid_from: datetime) -> None:
        """Offer an item, or change its stock, and give it a price from a moment on."""
        self._seed()

        def store(connection: Connection) -> None:
            _SQL.execute(connection, "put_item", name=name, stock=stock, on_sale=on_sale)
            _SQL.execute(connection, "put_price", name=name, price=price, valid_from=valid_from)

        self._database.transaction(store)

    def buy(self, user_id: str, basket: Mapping[str, int], *, now: datetime, key: RequestKey | None = None) -> Bought:
        """Buy items in the quantities of a basket, at today's prices.

        Raises
        ------
        NotFound : an item is not for sale.
        InsufficientFunds : the user has too few coins.
        Conflict : there is too little in stock, or the user's account is frozen or closed.
        KeyReused, InProgress : as `ledger.post`.
        """
        self._seed()
        check_basket(basket)

        def purchase(connection: Connection) -> Bought:
            with _map_refusals():
                row = _SQL.row(
                    connection,
                    Bought,
                    "buy",
                    user_id=user_id,
                    items=list(basket),
                    quantities=list(basket.values()),
                    now=now,
                    first_coins=FIRST_COINS,
                    **ledger.key_columns(key),
                )
            assert row is not None
            return row

        return self._database.statement(purchase)

    def return_items(
        self, user_id: str, purchase_id: str, basket: Mapping[str, int], *, key: RequestKey | None = None
    ) -> Returned:
        """Take back items of a purchase and pay what they cost; errors as `buy`."""
        check_basket(basket)

        def give_back(connection: Connection) -> Returned:
            with _map_refusals():
                row = _SQL.row(
                    connection,
                    Returned,
                    "return_items",
                    user_id=user_id,
                    purchase_id=purchase_id,
                    items=list(basket),
                    quantities=list(basket.values()),
                    **ledger.key_columns(key),
                )
            assert row is not None
            return row

        return self._database.statement(give_back)

    def inventory(self, user_id: str) -> list[InventoryItem]:
        """Return a user's inventory, by name."""
        return _SQL.rows(self._database, InventoryItem, "inventory", user_id=user_id)

    def purchases(self, user_id: str, *, before: str, limit: int) -> list[Purchase]:
        """Return a user's purchases, the latest first; `before` is a purchase's id or empty."""
        with self._database.connection() as connection:
            rows = _SQL.rows(connection, _PurchaseRow, "purchases", user_id=user_id, before=before, limit=limit)
            lines = _SQL.rows(connection, _LineRow, "lines", ids=[row.id for row in rows])
        return [
            Purchase(
                id=row.id,
                bought_at=row.bought_at,
                total=row.total,
                lines=tuple(each.line() for each in lines if each.purchase_id == row.id),
            )
            for row in rows
        ]

    def erase(self, user_id: str) -> None:
        """Forget what a deleted user has; purchases stay, under an id that nobody's name belongs to."""
        _SQL.execute(self._database, "erase", user_id=user_id)

    def _seed(self) -> None:
        """Fill a new shop with the first catalogue; asked once for each process."""
        if not self._seeded:
            names, prices = list(FIRST_CATALOGUE), list(FIRST_CATALOGUE.values())
            _SQL.execute(self._database, "seed", names=names, prices=prices)
            self._seeded = True


@contextmanager
def _map_refusals() -> Iterator[None]:
    try:
        with ledger.map_refusals():
            yield
    except pg.CheckViolation as exc:
        message = _CHECKS.get(exc.diag.constraint_name or "")
        if message is None:
            raise
        raise Conflict(message) from exc
    except pg.Error as exc:
        if exc.sqlstate != "MR001":
            raise
        raise NotFound(exc.diag.message_primary or "") from exc
