"""The views of leagues in Postgres."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres.statements import Statements
from shared.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from functions.analyze.views.inputs import ScoredForecast
    from shared.adapters.postgres.database import Postgres

_SQL = Statements(Path(__file__).with_name("views.sql"))


class PostgresViews:
    """One row per league and view."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def view(self, league_id: int, name: str) -> dict[str, Any]:
        """Return a stored view with its `made_at`."""
        row = _SQL.row(self._database, dict, "view", league_id=league_id, name=name)
        if row is None:
            raise NotFound(f"league {league_id}: not analysed yet")
        return {**row["content"], "made_at": row["made_at"]}

    def outlook_history(self, league_id: int, season_id: int) -> list[tuple[int, datetime, list[Mapping[str, Any]]]]:
        """Return round, moment and teams of each round of a season that is kept."""
        rows = _SQL.rows(self._database, dict, "outlook_history", league_id=league_id, season_id=season_id)
        return [(row["round"], row["made_at"], row["teams"]) for row in rows]

    def forecasts_to_score(self, league_id: int) -> list[ScoredForecast]:
        """List every stored forecast of the league."""
        from functions.analyze.views.inputs import ScoredForecast

        return _SQL.rows(self._database, ScoredForecast, "forecasts_to_score", league_id=league_id)
