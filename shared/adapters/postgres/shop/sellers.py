"""Sellers in Postgres."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres.shop.refusals import map_refusals
from shared.adapters.postgres.statements import Statements
from shared.domain.shop.records import Seller, SellerFields
from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Postgres

_SQL = Statements(Path(__file__).with_name("sellers.sql"))


class PostgresSellers:
    """The table ``shop_sellers``. `owner` is the user whose sellers may be changed; None: everybody's."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def add(self, new: SellerFields, *, user_id: str | None, now: datetime) -> Seller:
        """Add a seller; `Conflict` when another one has the e-mail address."""
        with map_refusals():
            row = _SQL.row(self._database, Seller, "add", user_id=user_id, **_params(new), now=now)
        assert row is not None
        return row

    def find(self, seller_id: str) -> Seller:
        """Return a seller; `NotFound` when there is none."""
        return _require_row(_SQL.row(self._database, Seller, "find", seller_id=seller_id), seller_id)

    def list_page(self, *, owner: str | None, before: str, limit: int) -> list[Seller]:
        """Return sellers, the newest first; `before` is the id where the page before ended, or empty."""
        return _SQL.rows(self._database, Seller, "list_page", owner=owner, before=before or None, limit=limit)

    def update(self, seller_id: str, changes: SellerFields, *, owner: str | None, now: datetime) -> Seller:
        """Change what is not None; `NotFound`, or `Conflict` as `add`."""
        with map_refusals():
            row = _SQL.row(
                self._database, Seller, "update", seller_id=seller_id, owner=owner, **_params(changes), now=now
            )
        return _require_row(row, seller_id)

    def delete(self, seller_id: str, *, now: datetime) -> None:
        """Delete a seller and their products; one that is deleted stays so."""
        _SQL.execute(self._database, "delete", seller_id=seller_id, user_id=None, now=now)

    def erase(self, user_id: str, *, now: datetime) -> None:
        """Delete the sellers of a user who is erased."""
        _SQL.execute(self._database, "delete", seller_id=None, user_id=user_id, now=now)


def _params(fields: SellerFields) -> dict[str, str | None]:
    return {
        "name": fields.name,
        "email": fields.email.shown if fields.email else None,
        "email_folded": fields.email.folded if fields.email else None,
        "phone": fields.phone,
        "address": fields.address,
    }


def _require_row(row: Seller | None, seller_id: str) -> Seller:
    if row is None:
        raise NotFound(f"seller {seller_id}")
    return row
