"""Analyses and forecasts in Postgres."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.analyze.ports import LONGEST_WAIT_S, Position, StoredForecast
from shared.adapters.postgres.statements import Statements
from shared.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime

    from functions.analyze.models.analysis import Analysis
    from functions.analyze.models.rating_history import SeasonHistory
    from functions.analyze.ports import Made
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("analyses.sql"), Path(__file__).with_name("views.sql"))


class PostgresFits:
    """One row per league, one per match; a league's row is its turn, and its marks are the fits that are wanted."""

    def __init__(self, database: Postgres, *, quiet_s: float) -> None:
        """`quiet_s`: how long a league is not marked before it is due; see `functions.analyze.refit`."""
        self._database = database
        self._pause = {"quiet_s": quiet_s, "longest_s": LONGEST_WAIT_S}

    def mark(self, league_id: int, season_id: int, changed_at: datetime) -> None:
        """Note durably that a league's data changed."""
        params = {"league_id": league_id, "season_id": season_id, "changed_at": changed_at}
        with self._database.connection() as connection:
            _SQL.execute(connection, "open_league", **params)
            _SQL.execute(connection, "mark", **params)

    def refit(self, compute: Callable[[int], Made | None], *, skip: Sequence[int] = ()) -> float | None:
        """Compute and store the league that is due first, all in one transaction under its row lock."""

        def turn(connection: Connection) -> float | None:
            taken = _SQL.row(connection, dict, "take_turn", skip=list(skip), **self._pause)
            if taken is None:
                return None
            if taken["due_in_s"] > 0:
                return float(taken["due_in_s"])
            covers = _SQL.value(connection, "newest_request")
            made = compute(taken["league_id"])
            if made is not None:
                _store(connection, made)
            _SQL.execute(connection, "unmark", league_id=taken["league_id"], covers=covers)
            return 0.0

        return self._database.transaction(turn)

    def league(self, league_id: int) -> dict[str, Any]:
        """The stored analysis without its forecasts."""
        row = _SQL.row(self._database, dict, "league", league_id=league_id)
        if row is None:
            raise NotFound(f"league {league_id}: not analysed yet")
        return row

    def leagues(self) -> list[dict[str, Any]]:
        """Every analysed league."""
        return _SQL.rows(self._database, dict, "leagues")

    def history(self, league_id: int, season: str) -> SeasonHistory:
        """How ratings moved in the season of this id or label, or in the newest."""
        from functions.analyze.models.rating_history import SeasonHistory

        found = _SQL.row(self._database, SeasonHistory, "history", league_id=league_id, season=season)
        if found is None:
            raise NotFound(f"league {league_id}: no ratings of season {season!r}")
        return found

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
        return _SQL.rows(self._database, StoredForecast, "forecasts", **params)

    def forecast(self, match_id: int) -> StoredForecast:
        """The forecast of one match."""
        found = _SQL.row(self._database, StoredForecast, "forecast", match_id=match_id)
        if found is None:
            raise NotFound(f"match {match_id}: no forecast")
        return found


def _store(connection: Connection, made: Made) -> None:
    _store_fit(connection, made.analysis)
    _store_forecasts(connection, made.analysis)
    _store_history(connection, made.analysis)
    from psycopg.types.json import Json

    rows = [
        {"league_id": made.analysis.league_id, "name": name, "content": Json(content)}
        for name, content in made.views.items()
    ]
    _SQL.execute_many(connection, "keep_view", rows)


def _store_fit(connection: Connection, analysis: Analysis) -> None:
    from psycopg.types.json import Json

    _SQL.execute(
        connection,
        "store_fit",
        league_id=analysis.league_id,
        season_id=analysis.season_id,
        season=analysis.season,
        name=analysis.name,
        n_matches=analysis.n_matches,
        newest_match_at=analysis.newest_match_at,
        next_round=analysis.next_round,
        version=analysis.version,
        inputs=Json(analysis.inputs),
        model=Json(analysis.model),
        ratings=Json(analysis.ratings),
        cautions=Json(analysis.cautions),
    )


def _store_forecasts(connection: Connection, analysis: Analysis) -> None:
    """Renew what is still ahead, drop what will not be played; every other forecast stays as it was."""
    from psycopg.types.json import Json

    _SQL.execute(connection, "drop_forecasts", league_id=analysis.league_id, dropped=analysis.dropped)
    rows = [
        {
            "match_id": forecast.match_id,
            "league_id": analysis.league_id,
            "season_id": forecast.season_id,
            "round": forecast.round,
            "starts_at": forecast.starts_at,
            "version": analysis.version,
            "inputs": Json(analysis.inputs),
            "forecast": Json(forecast.content),
        }
        for forecast in analysis.forecasts
    ]
    _SQL.execute_many(connection, "store_forecast", rows)


def _store_history(connection: Connection, analysis: Analysis) -> None:
    from psycopg.types.json import Json

    rows = [
        {
            "league_id": analysis.league_id,
            "season_id": each.season_id,
            "starts_in": each.starts_in,
            "season": each.season,
            "content": Json(each.content),
        }
        for each in analysis.history
    ]
    _SQL.execute_many(connection, "keep_history", rows)
