"""Customers in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres.shop import requests
from shared.adapters.postgres.shop.refusals import map_refusals
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts.contacts import Address
from shared.domain.shop.bulk import BulkReport, Row, RowFault, report
from shared.domain.shop.records import Customer, CustomerFields
from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.domain.money.ledger import RequestKey

_SQL = Statements(Path(__file__).with_name("customers.sql"))
_COLUMNS = ("first_name", "last_name", "email", "email_folded", "phone")


class PostgresCustomers:
    """The table ``shop_customers``. `owner` is the user whose record may be seen; None: everybody's."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def add(self, new: CustomerFields, *, user_id: str | None, now: datetime) -> Customer:
        """Add a customer; `Conflict` when another one has the e-mail address or is this user."""
        with map_refusals():
            row = _SQL.row(
                self._database,
                Customer,
                "add",
                user_id=user_id,
                **_params(new),
                now=now,
            )
        assert row is not None
        return row

    def find(self, customer_id: str, *, owner: str | None) -> Customer:
        """Return a customer; `NotFound` when there is none, or it is another user."""
        return _require_row(
            _SQL.row(self._database, Customer, "find", customer_id=customer_id, owner=owner), customer_id
        )

    def list_page(self, *, owner: str | None, email: Address | None, before: str, limit: int) -> list[Customer]:
        """Return customers, the newest first; `before` is the id where the page before ended, or empty."""
        return _SQL.rows(
            self._database,
            Customer,
            "list_page",
            owner=owner,
            email_folded=email and email.folded,
            before=before or None,
            limit=limit,
        )

    def update(self, customer_id: str, changes: CustomerFields, *, owner: str | None, now: datetime) -> Customer:
        """Change what is not None; `NotFound`, or `Conflict` as `add`."""
        with map_refusals():
            row = _SQL.row(
                self._database,
                Customer,
                "update",
                customer_id=customer_id,
                owner=owner,
                **_params(changes),
                now=now,
            )
        return _require_row(row, customer_id)

    def delete(self, customer_id: str, *, owner: str | None, now: datetime) -> None:
        """Erase what is personal of a customer; `NotFound` as `find`, also the second time."""
        if not _SQL.execute(self._database, "delete", customer_id=customer_id, owner=owner, now=now):
            raise NotFound(f"customer {customer_id}")

    def erase(self, user_id: str, *, now: datetime) -> None:
        """Erase the customer that a deleted user is; a second time finds none."""
        _SQL.execute(self._database, "erase", user_id=user_id, now=now)

    def add_rows(
        self, rows: Sequence[Row[CustomerFields]], faults: Sequence[RowFault], *, key: RequestKey, now: datetime
    ) -> BulkReport:
        """Add those whose e-mail address nobody has, in one transaction; `KeyReused`, `InProgress` as `requests.claim`.

        Parameters
        ----------
        rows : what passed the checks that need nothing stored.
        faults : what did not, for the report.
        """

        def work(connection: Connection) -> BulkReport:
            replay = requests.claim(connection, key)
            if replay is not None:
                return requests.read_report(replay)
            added = set(_SQL.values(connection, "add_rows", **_columns(rows), now=now))
            taken = [_email_fault(row.number) for row in rows if row.number not in added]
            result = report(len(added), [*faults, *taken])
            requests.answer_report(connection, key, result)
            return result

        return self._database.transaction(work)


def _params(fields: CustomerFields) -> dict[str, str | None]:
    return {
        "first_name": fields.first_name,
        "last_name": fields.last_name,
        "email": fields.email.shown if fields.email else None,
        "email_folded": fields.email.folded if fields.email else None,
        "phone": fields.phone,
    }


def _columns(rows: Sequence[Row[CustomerFields]]) -> dict[str, list[Any]]:
    params = [_params(row.value) for row in rows]
    columns: dict[str, list[Any]] = {f"{name}_column": [each[name] for each in params] for name in _COLUMNS}
    return {"numbers": [row.number for row in rows], **columns}


def _email_fault(number: int) -> RowFault:
    return RowFault(row=number, errors={"email": "another customer has this e-mail address"})


def _require_row(row: Customer | None, customer_id: str) -> Customer:
    if row is None:
        raise NotFound(f"customer {customer_id}")
    return row
