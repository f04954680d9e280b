"""Favourites in Postgres, their names in ClickHouse."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.named_queries import queries
from shared.adapters.postgres import user_rows
from shared.adapters.postgres.database import Postgres, fetch_all, fetch_one
from shared.domain.accounts.favourites import AT_MOST, Favourite, Kind
from shared.errors import Conflict

if TYPE_CHECKING:
    from shared.adapters.clickhouse.client import ClickHouse
    from shared.adapters.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    id: int
    added_at: datetime

    def favourite(self) -> Favourite:
        return Favourite(kind=Kind(self.kind), id=self.id, added_at=self.added_at)


@cache
def _queries(file: str) -> dict[str, str]:
    return queries(Path(__file__).parent / file)


class PostgresFavourites:
    """The table ``favourites``."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def of_user(self, user_id: str) -> list[Favourite]:
        """By kind, the first that was added first."""
        with self._database.connection() as connection:
            found = fetch_all(connection, _Row, _queries("queries.sql")["of_user"], {"user_id": user_id})
        return [row.favourite() for row in found]

    def add(self, user_id: str, kind: Kind, id: int, *, now: datetime) -> tuple[Favourite, bool]:
        """The favourite, and whether it is new."""
        params = {"user_id": user_id, "kind": kind, "id": id}

        def work(connection: Connection) -> tuple[Favourite, bool]:
            user_rows.locked_living(connection, user_id)
            n_added = _do(connection, "add", **params, now=now, at_most=AT_MOST)
            row = fetch_one(connection, _Row, _queries("queries.sql")["one"], params)
            if row is None:
                raise Conflict(f"{AT_MOST} favourites are the most there can be")
            return row.favourite(), n_added > 0

        return self._database.transaction(work)

    def remove(self, user_id: str, kind: Kind, id: int) -> None:
        """It is none afterwards."""
        with self._database.connection() as connection:
            _do(connection, "remove", user_id=user_id, kind=kind, id=id)


class ClickHouseNames:
    """What leagues, teams, players and managers are called."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def names(self, kind: Kind, ids: Collection[int]) -> dict[int, str]:
        """What those are called that are stored."""
        rows = self._warehouse.query(_queries("names.sql")[kind], {"ids": list(ids)})
        return {row["id"]: row["name"] for row in rows}


def _do(connection: Connection, name: str, **params: Any) -> int:
    """How many rows a statement changed."""
    return connection.execute(_queries("queries.sql")[name].encode(), params).rowcount
