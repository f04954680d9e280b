"""A league's views in Postgres."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.named_queries import queries
from shared.adapters.postgres.database import Postgres, fetch_all
from shared.errors import NotFound

if TYPE_CHECKING:
    from functions.analyze.views.inputs import Said

_SQL = queries(Path(__file__).with_name("views.sql"))


class PostgresViews:
    """One row per league and view."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def view(self, league_id: int, name: str) -> dict[str, Any]:
        """A stored view and when it was made."""
        with self._database.connection() as connection:
            row = connection.execute(_SQL["view"].encode(), {"league_id": league_id, "name": name}).fetchone()
        if row is None:
            raise NotFound(f"league {league_id}: not analysed yet")
        made_at, content = row
        return {**content, "made_at": made_at}

    def said(self, league_id: int) -> list[Said]:
        """Every stored forecast of the league."""
        from functions.analyze.views.inputs import Said

        with self._database.connection() as connection:
            return fetch_all(connection, Said, _SQL["said"], {"league_id": league_id})
