"""What analyze stored in Postgres, as pictures need it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.named_queries import queries

if TYPE_CHECKING:
    from shared.adapters.postgres import Postgres

_SQL = queries(Path(__file__).with_name("forecasts.sql"))


class PostgresForecasts:
    """The tables of analyze, read only."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def forecast(self, match_id: int) -> dict[str, Any] | None:
        with self._database.connection() as connection:
            row = connection.execute(_SQL["forecast"].encode(), {"match_id": match_id}).fetchone()
        return dict(row[0]) if row else None
