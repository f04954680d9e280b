"""The favourites in Postgres, and names in ClickHouse."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres import user_rows
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts.favourites import MAX_FAVOURITES, Favourite, Kind
from shared.errors import Conflict

if TYPE_CHECKING:
    from shared.adapters.clickhouse.client import ClickHouse
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))
_NAMES = Statements(Path(__file__).with_name("names.sql"))


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    id: int
    added_at: datetime

    def to_favourite(self) -> Favourite:
        return Favourite(kind=Kind(self.kind), id=self.id, added_at=self.added_at)


class PostgresFavourites:
    """The table ``favourites``."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def list_of_user(self, user_id: str) -> list[Favourite]:
        """List a user's favourites by kind, in the order they were added."""
        return [row.to_favourite() for row in _SQL.rows(self._database, _Row, "list_of_user", user_id=user_id)]

    def add(self, user_id: str, kind: Kind, id: int, *, now: datetime) -> tuple[Favourite, bool]:
        """Add a favourite; return it and whether it is new."""
        params = {"user_id": user_id, "kind": kind, "id": id}

        def work(connection: Connection) -> tuple[Favourite, bool]:
            user_rows.lock_usable_user(connection, user_id)
            n_added = _SQL.execute(connection, "add", **params, now=now, max_favourites=MAX_FAVOURITES)
            row = _SQL.row(connection, _Row, "get", **params)
            if row is None:
                raise Conflict(f"a user has at most {MAX_FAVOURITES} favourites; remove one first")
            return row.to_favourite(), n_added > 0

        return self._database.transaction(work)

    def remove(self, user_id: str, kind: Kind, id: int) -> None:
        """Remove a favourite; it may be missing."""
        _SQL.execute(self._database, "remove", user_id=user_id, kind=kind, id=id)

    def erase(self, user_id: str) -> None:
        """Delete all favourites of a user."""
        _SQL.execute(self._database, "erase", user_id=user_id)


class ClickHouseNames:
    """The names of leagues, teams, players and managers."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def names(self, kind: Kind, ids: Collection[int]) -> dict[int, str]:
        """Return the names of those ids that are stored."""
        rows = self._warehouse.query(_NAMES.text(kind), {"ids": list(ids)})
        return {row["id"]: row["name"] for row in rows}
