"""Lines in Postgres: whole leagues are written by a handful of statements, whatever the number of their prices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from functions.make_lines import price_store
from functions.make_lines.core import (
    AwaitedEvent,
    ClosingOdds,
    MatchLine,
    OpenEvent,
    Verdict,
    plan_events,
    plan_prices,
)
from functions.make_lines.ports import LeagueFit, LeagueState
from shared.adapters.postgres import betting_lines
from shared.adapters.postgres.betting_lines import Result
from shared.adapters.postgres.statements import Statements

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))
ACTOR = "make-lines"
LIFTED = ("stale_forecast", "silent_source", "postponed", "kick_off")
"""Reasons of a suspension that end when the match is forecast again; what an operator suspended stays so."""
_FORGOTTEN_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class _EventRow:
    event_id: int
    match_id: int


class PostgresLines:
    """The tables of lines, as make-lines writes them."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def put(
        self, league_id: int, lines: Sequence[MatchLine], *, now: datetime, valid_until: datetime
    ) -> Collection[int]:
        """Make the lines of a league's coming matches these; the ids of events that changed."""

        def work(connection: Connection) -> set[int]:
            _SQL.execute(connection, "lock_league", league_id=league_id)
            return _put(connection, league_id, lines, now, valid_until)

        return self._database.transaction(work)

    def confirm(self, fits: Sequence[LeagueFit], *, now: datetime, valid_until: datetime) -> int:
        """Let lines that were made from these fits hold on."""
        return _SQL.execute(
            self._database,
            "confirm_leagues",
            league_ids=[fit.league_id for fit in fits],
            fitted_at=[fit.fitted_at for fit in fits],
            valid_until=valid_until,
            now=now,
        )

    def states(self, now: datetime) -> Mapping[int, LeagueState]:
        """Return by league what its lines were made from."""
        rows = _SQL.rows(self._database, LeagueState, "league_states", now=now)
        return {row.league_id: row for row in rows}

    def suspend_leagues(self, league_ids: Collection[int], reason: str, *, now: datetime) -> Sequence[int]:
        """Suspend the coming open events of leagues."""
        return self._suspend("open_events_of_leagues", reason, now, league_ids=list(league_ids))

    def suspend_lapsed(self, now: datetime) -> Sequence[int]:
        """Suspend the events whose lines nobody confirmed in time."""
        return self._suspend("lapsed_events", "silent_source", now)

    def close_begun(self, now: datetime) -> Sequence[int]:
        """Suspend the events that have begun."""
        return self._suspend("begun_events", "kick_off", now)

    def awaited(self, *, now: datetime, correctable_since: datetime, league_id: int | None) -> Sequence[AwaitedEvent]:
        """List the events that wait for a result, or for its correction."""
        return _SQL.rows(
            self._database,
            AwaitedEvent,
            "awaited_events",
            now=now,
            correctable_since=correctable_since,
            league_id=league_id,
        )

    def record(self, event_id: int, verdict: Verdict, *, source_version: int, now: datetime) -> bool:
        """Record how an event ended."""
        result = Result(
            event_id=event_id,
            status=verdict.status,
            home_goals=verdict.home_goals,
            away_goals=verdict.away_goals,
            void_reason=verdict.void_reason,
            source_version=source_version,
        )
        return self._database.transaction(
            lambda connection: betting_lines.record_result(connection, result, by=ACTOR, now=now).is_new
        )

    def put_closing_odds(self, event_id: int, odds: ClosingOdds, *, now: datetime) -> None:
        """Store the closing odds of a match."""
        _SQL.execute(self._database, "put_closing_odds", event_id=event_id, now=now, **asdict(odds))

    def forget_prices(self, before: datetime) -> int:
        """Delete some superseded prices of events that began before a moment."""
        return _SQL.execute(self._database, "forget_prices", before=before, at_most=_FORGOTTEN_AT_ONCE)

    def _suspend(self, query: str, reason: str, now: datetime, **parameters: object) -> Sequence[int]:
        def work(connection: Connection) -> list[int]:
            event_ids = _SQL.values(connection, query, now=now, **parameters)
            return betting_lines.suspend(connection, event_ids, reason, now=now) if event_ids else []

        return self._database.transaction(work)


def _put(
    connection: Connection, league_id: int, lines: Sequence[MatchLine], now: datetime, valid_until: datetime
) -> set[int]:
    match_ids = [line.match_id for line in lines]
    events = _SQL.rows(connection, OpenEvent, "open_events", league_id=league_id, match_ids=match_ids, now=now)
    plan = plan_events(events, lines)
    stored = price_store.read_markets(connection, list(plan.confirmed))
    prices = plan_prices(stored, plan.confirmed)
    held = [event.event_id for event in events if event.event_id in plan.confirmed and event.suspended_for in LIFTED]
    changed = {*plan.moved, *held, *prices.changed_events}
    betting_lines.lock(connection, {*changed, *plan.replaced, *plan.gone})
    _void_replaced(connection, [event for event in events if event.event_id in plan.replaced], now)
    betting_lines.suspend(connection, plan.gone, "postponed", now=now)
    if plan.moved:
        moved = {"event_ids": list(plan.moved), "starts_at": list(plan.moved.values())}
        _SQL.execute(connection, "move_events", **moved)
    price_store.change_prices(connection, stored, prices, now)
    new = _insert_events(connection, [*plan.new, *plan.replaced.values()], now, valid_until)
    price_store.change_prices(connection, {}, plan_prices({}, new), now)
    _confirm(connection, plan.confirmed, valid_until)
    reopened = betting_lines.reopen(connection, held, LIFTED, now=now)
    betting_lines.touch(connection, changed - set(reopened), now=now)
    if new:
        betting_lines.touch(connection, list(new), now=now)
    return {*changed, *plan.replaced, *plan.gone, *new}


def _void_replaced(connection: Connection, events: Sequence[OpenEvent], now: datetime) -> None:
    """Void the events of matches that are played too long after their first kick-off; others will stand for them."""
    for event in events:
        if event.state != "void":
            result = Result(event_id=event.event_id, status="void", void_reason="EVENT_POSTPONED")
            betting_lines.record_result(connection, result, by=ACTOR, now=now)
    _SQL.execute(connection, "retire_events", event_ids=[event.event_id for event in events])


def _insert_events(
    connection: Connection, lines: Sequence[MatchLine], now: datetime, valid_until: datetime
) -> dict[int, MatchLine]:
    if not lines:
        return {}
    names = ("match_id", "league_id", "league", "round", "name", "home_id", "home", "away_id", "away")
    columns = {name: [getattr(line, name) for line in lines] for name in (*names, "starts_at", "forecast_at")}
    rows = _SQL.rows(connection, _EventRow, "insert_events", now=now, valid_until=valid_until, **columns)
    by_match = {line.match_id: line for line in lines}
    return {row.event_id: by_match[row.match_id] for row in rows}


def _confirm(connection: Connection, confirmed: Mapping[int, MatchLine], valid_until: datetime) -> None:
    if confirmed:
        forecast_at = [line.forecast_at for line in confirmed.values()]
        columns = {"event_ids": list(confirmed), "forecast_at": forecast_at}
        _SQL.execute(connection, "confirm_events", valid_until=valid_until, **columns)
