"""Forecasts, outlooks and rating histories that analyze stored in Postgres."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres.statements import Statements

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Postgres

_SQL = Statements(Path(__file__).with_name("forecasts.sql"))


class PostgresForecasts:
    """The tables of analyze, read only."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def forecast(self, match_id: int) -> dict[str, Any] | None:
        forecast: dict[str, Any] | None = _SQL.value(self._database, "forecast", match_id=match_id)
        return forecast

    def outlook(self, league_id: int) -> tuple[dict[str, Any], str, str] | None:
        row = _SQL.row(self._database, dict, "outlook", league_id=league_id)
        return (row["content"], row["name"], row["season"]) if row else None

    def ratings(self, league_id: int, season: str) -> tuple[dict[str, Any], str, str] | None:
        row = _SQL.row(self._database, dict, "ratings", league_id=league_id, season=season)
        return (row["content"], row["name"], row["season"]) if row else None
