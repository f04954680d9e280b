"""Purchases in Postgres: stock, purchase and event change in one round trip, or nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres.shop import requests
from shared.adapters.postgres.shop.refusals import map_refusals
from shared.adapters.postgres.statements import Statements
from shared.domain.shop.bulk import BulkReport, PurchaseJudge, Row, RowFault, Sale, SoldProduct, report
from shared.domain.shop.listing import PurchaseFilter
from shared.domain.shop.records import NewPurchase, Purchase
from shared.errors import InvalidInput, NotFound
from shared.events import tracing

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.domain.money.ledger import RequestKey

_SQL = Statements(Path(__file__).with_name("purchases.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _BoughtRow(Purchase):
    replayed: bool

    def purchase(self) -> Purchase:
        return Purchase(**{each.name: getattr(self, each.name) for each in fields(Purchase)})


class PostgresPurchases:
    """The table ``shop_purchases``. `owner` is the user whose purchases and sales are concerned; None: an operator."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def buy(
        self, new: NewPurchase, *, user_id: str, is_operator: bool, key: RequestKey, now: datetime
    ) -> tuple[Purchase, bool]:
        """Record a purchase; also whether an earlier request with this key did.

        Raises
        ------
        NotFound : there is no such product, or no such customer for the caller.
        Forbidden : a customer chooses a price, a discount or a time.
        Conflict : there is too little in stock, or the seller, the currency or the discount does not fit the product.
        KeyReused, InProgress : as `requests.claim`.
        """

        def work(connection: Connection) -> _BoughtRow:
            with map_refusals():
                row = _SQL.row(
                    connection,
                    _BoughtRow,
                    "buy",
                    user_id=user_id,
                    is_operator=is_operator,
                    product_id=new.product_id,
                    customer_id=new.customer_id,
                    seller_id=new.seller_id,
                    quantity=new.quantity,
                    unit_price=new.unit_price,
                    discount=new.discount,
                    currency=new.currency,
                    purchased_at=new.purchased_at,
                    now=now,
                    scope=key.scope,
                    key=key.key,
                    sha256=key.sha256,
                    traceparent=tracing.current(),
                )
            assert row is not None
            return row

        row = self._database.statement(work)
        return row.purchase(), row.replayed

    def find(self, purchase_id: str, *, owner: str | None) -> Purchase:
        """Return a purchase; `NotFound` when there is none, or it is neither the caller's nor of a seller of theirs."""
        row = _SQL.row(self._database, Purchase, "find", purchase_id=purchase_id, owner=owner)
        if row is None:
            raise NotFound(f"purchase {purchase_id}")
        return row

    def list_page(self, wanted: PurchaseFilter, *, owner: str | None, before: str, limit: int) -> list[Purchase]:
        """Return purchases, the latest recorded first; `before` is the id where the page before ended, or empty."""
        return _SQL.rows(
            self._database,
            Purchase,
            "list_page" if owner is None else "list_page_of_user",
            customer_id=wanted.customer_id,
            product_id=wanted.product_id,
            seller_id=wanted.seller_id,
            purchased_from=wanted.purchased_from,
            purchased_until=wanted.purchased_until,
            owner=owner,
            before=before or None,
            limit=limit,
        )

    def cancel(self, purchase_id: str, *, user_id: str, is_operator: bool, now: datetime) -> bool:
        """Cancel a purchase and give its pieces back, once; whether this call did. `NotFound` as `find`."""

        def work(connection: Connection) -> bool:
            with map_refusals():
                return bool(
                    _SQL.value(
                        connection,
                        "cancel",
                        user_id=user_id,
                        is_operator=is_operator,
                        purchase_id=purchase_id,
                        now=now,
                        traceparent=tracing.current(),
                    )
                )

        return self._database.statement(work)

    def buy_rows(
        self,
        rows: Sequence[Row[NewPurchase]],
        faults: Sequence[RowFault],
        *,
        owner: str | None,
        key: RequestKey,
        now: datetime,
    ) -> BulkReport:
        """Record those rows that `PurchaseJudge` accepts, in one transaction; `KeyReused`, `InProgress` as `buy`.

        Parameters
        ----------
        rows : what passed the checks that need nothing stored.
        faults : what did not, for the report.
        """

        def work(connection: Connection) -> BulkReport:
            replay = requests.claim(connection, key)
            if replay is not None:
                return requests.read_report(replay)
            judge = _load_judge(connection, [row.value for row in rows], owner)
            sales, refused = _judge(rows, judge)
            _record(connection, sales, judge, now)
            result = report(len(sales), [*faults, *refused])
            requests.answer_report(connection, key, result)
            return result

        return self._database.transaction(work)


def _load_judge(connection: Connection, new: Sequence[NewPurchase], owner: str | None) -> PurchaseJudge:
    """Lock the products of these purchases, by id, and read what decides them."""
    products = _SQL.rows(connection, SoldProduct, "lock_products", ids=list({each.product_id for each in new}))
    customers = _SQL.values(connection, "find_customers", ids=list({each.customer_id for each in new}))
    return PurchaseJudge(
        products={each.id: each for each in products}, customers=frozenset(customers), seller_user_id=owner or ""
    )


def _judge(rows: Sequence[Row[NewPurchase]], judge: PurchaseJudge) -> tuple[list[Sale], list[RowFault]]:
    sales, refused = [], []
    for row in rows:
        try:
            sales.append(judge.judge(row.value))
        except InvalidInput as exc:
            refused.append(RowFault(row=row.number, errors=exc.errors))
    return sales, refused


def _record(connection: Connection, sales: Sequence[Sale], judge: PurchaseJudge, now: datetime) -> None:
    taken = judge.taken
    _SQL.execute(connection, "take_stock", ids=list(taken), quantities=list(taken.values()))
    columns: dict[str, list[Any]] = {
        "customer_ids": [sale.new.customer_id for sale in sales],
        "seller_ids": [sale.product.seller_id for sale in sales],
        "product_ids": [sale.product.id for sale in sales],
        "product_names": [sale.product.name for sale in sales],
        "categories": [sale.product.category for sale in sales],
        "quantities": [sale.new.quantity for sale in sales],
        "unit_prices": [sale.unit_price for sale in sales],
        "discounts": [sale.discount for sale in sales],
        "totals": [sale.total for sale in sales],
        "currencies": [sale.product.currency for sale in sales],
        "moments": [sale.new.purchased_at or now for sale in sales],
    }
    _SQL.execute(connection, "record_sales", **columns, now=now, traceparent=tracing.current())
