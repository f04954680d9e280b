"""Analyses and forecasts in Postgres."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.analyze.service import Position, StoredForecast
from shared.adapters.named_queries import queries
from shared.adapters.postgres import Postgres, fetch_all, fetch_one
from shared.errors import NotFound

if TYPE_CHECKING:
    from functions.analyze.model import Analysis
    from shared.adapters.postgres import Connection

_SQL = queries(Path(__file__).with_name("queries.sql"))
_TURN_WAIT = "10s"
"""How long a delivery waits for another fit of its league; longer answers "try again" and frees the thread."""


class PostgresFits:
    """One row per league, one per match; a league's row is its turn."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def request(self) -> int:
        """Number a wish for a fit."""
        with self._database.connection() as connection:
            return int(_row(connection, "number_request")["request"])

    def refit(self, league_id: int, request: int, compute: Callable[[], Analysis]) -> bool:
        """Compute and store under the league's row lock; False when the request is covered already."""

        def turn(connection: Connection) -> bool:
            connection.execute(f"SET LOCAL lock_timeout TO '{_TURN_WAIT}'".encode())
            covered = _row(connection, "take_turn", {"league_id": league_id})["covers"]
            if covered >= request:
                return False
            covers = _row(connection, "newest_request")["request"]
            _store(connection, compute(), covers)
            return True

        with self._database.connection() as connection:
            connection.execute(_SQL["open_league"].encode(), {"league_id": league_id})
        return self._database.transaction(turn)

    def league(self, league_id: int) -> dict[str, Any]:
        """The stored analysis without its forecasts."""
        with self._database.connection() as connection:
            return _row(connection, "league", {"league_id": league_id}, f"league {league_id}: not analysed yet")

    def leagues(self) -> list[dict[str, Any]]:
        """Every analysed league."""
        from psycopg.rows import dict_row

        with self._database.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(_SQL["leagues"].encode()).fetchall()

    def forecasts(
        self, league_id: int, season_id: int, *, round: int | None, after: Position | None, limit: int
    ) -> list[StoredForecast]:
        """Forecasts of a season by kick-off, after a position."""
        after_at, after_id = after or (None, None)
        params = {
            "league_id": league_id,
            "season_id": season_id,
            "round": round,
            "after_at": after_at,
            "after_id": after_id,
            "limit": limit,
        }
        with self._database.connection() as connection:
            return fetch_all(connection, StoredForecast, _SQL["forecasts"], params)

    def forecast(self, match_id: int) -> StoredForecast:
        """The forecast of one match."""
        with self._database.connection() as connection:
            found = fetch_one(connection, StoredForecast, _SQL["forecast"], {"match_id": match_id})
        if found is None:
            raise NotFound(f"match {match_id}: no forecast")
        return found


def _store(connection: Connection, analysis: Analysis, covers: int) -> None:
    from psycopg.types.json import Json

    connection.execute(
        _SQL["store_fit"].encode(),
        {
            "league_id": analysis.league_id,
            "covers": covers,
            "season_id": analysis.season_id,
            "season": analysis.season,
            "name": analysis.name,
            "n_matches": analysis.n_matches,
            "newest_match_at": analysis.newest_match_at,
            "next_round": analysis.next_round,
            "model": Json(analysis.model),
            "ratings": Json(analysis.ratings),
            "cautions": Json(analysis.cautions),
        },
    )
    connection.execute(_SQL["drop_forecasts"].encode(), {"league_id": analysis.league_id, "dropped": analysis.dropped})
    with connection.cursor() as cursor:
        cursor.executemany(
            _SQL["store_forecast"].encode(),
            [
                {
                    "match_id": forecast.match_id,
                    "league_id": analysis.league_id,
                    "season_id": forecast.season_id,
                    "round": forecast.round,
                    "starts_at": forecast.starts_at,
                    "forecast": Json(forecast.content),
                }
                for forecast in analysis.forecasts
            ],
        )


def _row(
    connection: Connection, query: str, params: Mapping[str, Any] | None = None, missing: str = "no such row"
) -> dict[str, Any]:
    from psycopg.rows import dict_row

    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_SQL[query].encode(), params).fetchone()
    if row is None:
        raise NotFound(missing)
    return row
