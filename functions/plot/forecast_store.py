"""What analyze stored in Postgres, as pictures need it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.named_queries import queries

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Postgres

_SQL = queries(Path(__file__).with_name("forecasts.sql"))


class PostgresForecasts:
    """The tables of analyze, read only."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def forecast(self, match_id: int) -> dict[str, Any] | None:
        row = self._row("forecast", match_id=match_id)
        return dict(row[0]) if row else None

    def outlook(self, league_id: int) -> tuple[dict[str, Any], str, str] | None:
        row = self._row("outlook", league_id=league_id)
        return (dict(row[0]), str(row[1]), str(row[2])) if row else None

    def ratings(self, league_id: int, season: str) -> tuple[dict[str, Any], str, str] | None:
        row = self._row("ratings", league_id=league_id, season=season)
        return (dict(row[0]), str(row[1]), str(row[2])) if row else None

    def _row(self, name: str, **parameters: int | str) -> tuple[Any, ...] | None:
        with self._database.connection() as connection:
            row: tuple[Any, ...] | None = connection.execute(_SQL[name].encode(), parameters).fetchone()
        return row
