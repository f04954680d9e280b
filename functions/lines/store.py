"""Events, markets and results in Postgres, as lines reads them and as operators change them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.lines.ports import Position
from shared.adapters.postgres import betting_lines
from shared.adapters.postgres.betting_lines import Result
from shared.adapters.postgres.statements import Statements
from shared.domain.betting.events import BettingEvent, OfferedMarket, OfferedSelection, PriceVersion, ScoredLine
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))
_REOPENED = ("operator",)


@dataclass(frozen=True, slots=True)
class _Generation:
    number: int


@dataclass(frozen=True, slots=True)
class _OfferRow:
    event_id: int
    market_id: int
    kind: str
    line: int | None
    state: str
    version: int
    selection_id: int
    outcome: str
    odds_hundredths: int


class PostgresLineBook:
    """The tables of lines."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def generation(self) -> int:
        """Return how often lines changed."""
        return _SQL.read(self._database, _Generation, "generation")[0].number

    def coming(self, *, now: datetime, league: str, after: Position | None, limit: int) -> Sequence[BettingEvent]:
        """List events that have not begun."""
        return self._page("coming_events", now, league, after, limit)

    def past(self, *, now: datetime, league: str, before: Position | None, limit: int) -> Sequence[BettingEvent]:
        """List events that have begun or ended."""
        return self._page("past_events", now, league, before, limit)

    def manual(self, *, before: int, limit: int) -> Sequence[BettingEvent]:
        """List events that were made by hand."""
        return _SQL.rows(self._database, BettingEvent, "manual_events", before=before, limit=limit)

    def event(self, event_id: int) -> BettingEvent:
        """Return an event."""
        event = _SQL.row(self._database, BettingEvent, "event", event_id=event_id)
        if event is None:
            raise NotFound(f"event {event_id}")
        return event

    def markets(self, event_ids: Sequence[int]) -> Mapping[int, Sequence[OfferedMarket]]:
        """Return the markets of events with their current prices."""
        markets: dict[int, OfferedMarket] = {}
        by_event: dict[int, list[OfferedMarket]] = defaultdict(list)
        for row in _SQL.rows(self._database, _OfferRow, "offers", event_ids=list(event_ids)):
            if row.market_id not in markets:
                market = markets[row.market_id] = OfferedMarket(
                    market_id=row.market_id,
                    kind=row.kind,
                    line=row.line,
                    state=row.state,
                    version=row.version,
                    selections=[],
                )
                by_event[row.event_id].append(market)
            selection = OfferedSelection(row.selection_id, row.outcome, row.odds_hundredths)
            markets[row.market_id].selections.append(selection)
        return by_event

    def prices(self, event_id: int, *, after: tuple[int, int], limit: int) -> Sequence[PriceVersion]:
        """List the versions of an event's prices."""
        return _SQL.rows(
            self._database,
            PriceVersion,
            "prices",
            event_id=event_id,
            after_selection=after[0],
            after_version=after[1],
            limit=limit,
        )

    def make_event(self, name: str, *, starts_at: datetime, odds_hundredths: int, by: str, now: datetime) -> int:
        """Make an event with one market and the outcome ``win``."""

        def work(connection: Connection) -> int:
            event_id: int = _SQL.value(
                connection, "insert_manual_event", name=name, starts_at=starts_at, by=by, now=now
            )
            market_id = _SQL.value(connection, "insert_manual_market", event_id=event_id)
            selection_id = _SQL.value(connection, "insert_manual_selection", market_id=market_id)
            price = {"selection_id": selection_id, "odds_hundredths": odds_hundredths}
            _SQL.execute(connection, "insert_manual_price", now=now, **price)
            betting_lines.touch(connection, [event_id], now=now)
            return event_id

        return self._database.transaction(work)

    def set_state(self, event_id: int, state: str, *, now: datetime) -> None:
        """Suspend an event or open it again."""

        def work(connection: Connection) -> None:
            betting_lines.lock(connection, [event_id])
            event = _SQL.row(connection, BettingEvent, "event", event_id=event_id)
            if event is None:
                raise NotFound(f"event {event_id}")
            if event.state in ("settled", "void"):
                raise Conflict(f"event {event_id} is over")
            if state == "suspended":
                betting_lines.suspend(connection, [event_id], "operator", now=now)
            elif event.state == "suspended" and not betting_lines.reopen(connection, [event_id], _REOPENED, now=now):
                raise Conflict(f"event {event_id} is suspended for {event.suspended_for}, which ends by itself")

        self._database.transaction(work)

    def record(self, event_id: int, *, by: str, now: datetime, only_first: bool = False, **result: Any) -> int:
        """Record how an event ended."""

        def work(connection: Connection) -> int:
            if _SQL.row(connection, BettingEvent, "event", event_id=event_id) is None:
                raise NotFound(f"event {event_id}")
            recorded = betting_lines.record_result(
                connection, Result(event_id=event_id, **result), by=by, now=now, only_first=only_first
            )
            if only_first and not recorded.is_new:
                raise Conflict(f"event {event_id} has a result")
            return recorded.revision

        return self._database.transaction(work)

    def delete(self, event_id: int, *, by: str, now: datetime) -> None:
        """Take away an event that was made by hand, with all stakes returned."""

        def work(connection: Connection) -> None:
            betting_lines.lock(connection, [event_id])
            event = _SQL.row(connection, BettingEvent, "event", event_id=event_id)
            if event is None:
                raise NotFound(f"event {event_id}")
            if event.kind != "manual":
                raise Conflict(f"event {event_id} is a match; record a result of status void")
            if event.status not in ("decided", "void"):
                result = Result(event_id=event_id, status="void", void_reason="CANCELLED_EVENT")
                betting_lines.record_result(connection, result, by=by, now=now)
            _SQL.execute(connection, "delete_event", event_id=event_id, now=now)
            betting_lines.touch(connection, [event_id], now=now)

        self._database.transaction(work)

    def scored(self, *, league: str, limit: int) -> Sequence[ScoredLine]:
        """List what lines said of matches that ended."""
        return _SQL.rows(self._database, ScoredLine, "scored_lines", league=league, limit=limit)

    def _page(
        self, query: str, now: datetime, league: str, position: Position | None, limit: int
    ) -> Sequence[BettingEvent]:
        after_at, after_id = position or (None, None)
        parameters = {"now": now, "league": league, "after_at": after_at, "after_id": after_id, "limit": limit}
        return _SQL.rows(self._database, BettingEvent, query, **parameters)
