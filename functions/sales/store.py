"""Sales in ClickHouse, and whose sellers they are in Postgres."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.named_queries import queries

if TYPE_CHECKING:
    from shared.adapters.clickhouse.client import ClickHouse
    from shared.adapters.postgres.database import Postgres


class ClickHouseSales:
    """The tables of sales."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def read(self, name: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the rows of a named query."""
        return self._warehouse.query(_texts()[name], params)


class PostgresSellers:
    """The shop's own table of sellers."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def of_user(self, user_id: str) -> list[str]:
        """Return the ids of a user's sellers."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "SELECT id::text FROM shop_sellers WHERE user_id = %s AND deleted_at IS NULL ORDER BY id", [user_id]
            ).fetchall()
        return [row[0] for row in rows]


@cache
def _texts() -> dict[str, str]:
    """The statements without their comments: clickhouse-connect reads every statement letter by letter."""
    texts = queries(Path(__file__).with_name("sales.sql"))
    return {
        name: " ".join(line.strip() for line in text.splitlines() if not line.startswith("--"))
        for name, text in texts.items()
    }
