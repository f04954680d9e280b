"""Analyses, forecasts and marks in Postgres."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.analyze.ports import MAX_DEBOUNCE_S, Due, Position, StoredForecast
from functions.analyze.season import history
from shared.adapters.postgres.statements import Statements
from shared.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime

    from functions.analyze.models.analysis import Analysis
    from functions.analyze.models.rating_history import SeasonHistory
    from functions.analyze.ports import FitResult
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("analyses.sql"), Path(__file__).with_name("views.sql"))


class PostgresAnalyses:
    """One row per league and one per match, plus one mark per season that changed."""

    def __init__(self, database: Postgres, *, debounce_s: float) -> None:
        """Remember the database; `debounce_s` as `functions.analyze.ports.DEBOUNCE_S`."""
        self._database = database
        self._debounce = {"debounce_s": debounce_s, "max_debounce_s": MAX_DEBOUNCE_S}

    def mark(self, league_id: int, season_id: int, changed_at: datetime) -> None:
        """Record durably that a league's data changed."""
        params = {"league_id": league_id, "season_id": season_id, "changed_at": changed_at}
        with self._database.connection() as connection:
            _SQL.execute(connection, "insert_league", **params)
            _SQL.execute(connection, "mark", **params)

    def next_due(self, *, skip: Collection[int] = ()) -> Due | None:
        """Return the marked league that is due first."""
        return self._next_due(self._database, skip=skip)

    @contextmanager
    def claim_due(self, league_id: int) -> Iterator[PostgresClaim | None]:
        """Claim a due league by an advisory lock of the connection.

        Postgres releases the lock when the connection is lost, so a claim never outlives its process, and the fit needs
        no open transaction. Whether the league is still due is asked under the lock: another process may just have
        fitted it.
        """
        with self._database.connection() as connection:
            if not _SQL.value(connection, "lock_league", league_id=league_id):
                yield None
                return
            try:
                # Read before the data are: every mark up to this one was made after its data were stored.
                request = _SQL.value(connection, "newest_request")
                due = self._next_due(connection, league_id=league_id)
                yield PostgresClaim(connection, league_id, request) if due is not None and due.in_s <= 0 else None
            finally:
                if not connection.closed:
                    _SQL.execute(connection, "unlock_league", league_id=league_id)

    def league(self, league_id: int) -> dict[str, Any]:
        """Return the stored analysis without its forecasts."""
        row = _SQL.row(self._database, dict, "league", league_id=league_id)
        if row is None:
            raise NotFound(f"league {league_id}: not analysed yet")
        return row

    def leagues(self) -> list[dict[str, Any]]:
        """List every analysed league."""
        return _SQL.rows(self._database, dict, "leagues")

    def history(self, league_id: int, season: str) -> SeasonHistory:
        """Return how ratings moved in the season with this id or label, or in the newest."""
        from functions.analyze.models.rating_history import SeasonHistory

        history = _SQL.row(self._database, SeasonHistory, "history", league_id=league_id, season=season)
        if history is None:
            raise NotFound(f"league {league_id}: no ratings of season {season!r}")
        return history

    def forecasts(
        self,
        league_id: int,
        season_id: int,
        *,
        round: int | None,
        after: Position | None,
        limit: int,
        made_since: datetime | None = None,
    ) -> list[StoredForecast]:
        """List forecasts of a season by kick-off, after a position."""
        after_at, after_id = after or (None, None)
        return _SQL.rows(
            self._database,
            StoredForecast,
            "forecasts",
            league_id=league_id,
            season_id=season_id,
            round=round,
            after_at=after_at,
            after_id=after_id,
            limit=limit,
            made_since=made_since,
        )

    def forecasts_between(
        self, since: datetime, until: datetime, *, league_id: int | None, after: Position | None, limit: int
    ) -> list[StoredForecast]:
        """List forecasts of matches that kick off in a span, by kick-off, after a position."""
        after_at, after_id = after or (None, None)
        return _SQL.rows(
            self._database,
            StoredForecast,
            "forecasts_between",
            since=since,
            until=until,
            league_id=league_id,
            after_at=after_at,
            after_id=after_id,
            limit=limit,
        )

    def forecast(self, match_id: int) -> StoredForecast:
        """Return the forecast of one match."""
        forecast = _SQL.row(self._database, StoredForecast, "forecast", match_id=match_id)
        if forecast is None:
            raise NotFound(f"match {match_id}: no forecast")
        return forecast

    def _next_due(
        self, source: Postgres | Connection, *, league_id: int | None = None, skip: Collection[int] = ()
    ) -> Due | None:
        return _SQL.row(source, Due, "next_due", league_id=league_id, skip=list(skip), **self._debounce)


class PostgresClaim:
    """A claimed league; the connection holds the lock, so whoever can save still has the claim."""

    def __init__(self, connection: Connection, league_id: int, request: int) -> None:
        """Claim the league's marks up to this request."""
        self._connection = connection
        self._league_id, self._request = league_id, request

    def save(self, result: FitResult | None) -> None:
        """Store the result and remove the marks that it covers, in one transaction."""
        with self._connection.transaction():
            if result is not None:
                _save(self._connection, result)
            _SQL.execute(self._connection, "unmark", league_id=self._league_id, request=self._request)


def _save(connection: Connection, result: FitResult) -> None:
    _save_fit(connection, result.analysis)
    _save_forecasts(connection, result.analysis)
    _save_history(connection, result.analysis)
    _save_views(connection, result)


def _save_fit(connection: Connection, analysis: Analysis) -> None:
    from psycopg.types.json import Json

    _SQL.execute(
        connection,
        "save_fit",
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


def _save_forecasts(connection: Connection, analysis: Analysis) -> None:
    """Replace forecasts of coming matches, delete those of matches that will not be played, keep all others."""
    from psycopg.types.json import Json

    _SQL.execute(connection, "delete_forecasts", league_id=analysis.league_id, match_ids=analysis.cancelled_ids)
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
    _SQL.execute_many(connection, "save_forecast", rows)


def _save_history(connection: Connection, analysis: Analysis) -> None:
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
    _SQL.execute_many(connection, "save_history", rows)


def _save_views(connection: Connection, result: FitResult) -> None:
    from psycopg.types.json import Json

    rows = [
        {"league_id": result.analysis.league_id, "name": name, "content": Json(content)}
        for name, content in result.views.items()
    ]
    _SQL.execute_many(connection, "save_view", rows)
    _save_outlook_round(connection, result)


def _save_outlook_round(connection: Connection, result: FitResult) -> None:
    """Keep the outlook as the one after the last complete round."""
    from psycopg.types.json import Json

    outlook = result.views.get("outlook")
    if outlook and outlook["teams"]:
        league_id, season_id = result.analysis.league_id, result.analysis.season_id
        teams = Json(history.teams_to_keep(outlook))
        _SQL.execute(
            connection,
            "save_outlook_round",
            league_id=league_id,
            season_id=season_id,
            round=history.round_of(outlook),
            teams=teams,
        )
        _SQL.execute(connection, "delete_old_outlooks", league_id=league_id)
