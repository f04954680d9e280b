"""Lines in a real Postgres, made from football in memory by a clock that a test moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from functions.make_lines import service
from functions.make_lines.ports import Deps
from functions.make_lines.store import PostgresLines
from shared.adapters.postgres import betting_lines
from shared.adapters.postgres.database import Postgres
from shared.events.football import LeagueUpdated
from shared.testing.clock import HandClock
from tests.support.betting.football import LEAGUE_ID, MemoryFootball

START = datetime(2026, 3, 2, 12, 7, tzinfo=UTC)
KICK_OFF = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Offer:
    """A selection as placements see it."""

    selection_id: int
    version: int
    odds_hundredths: int
    refusal: str | None


class Lines:
    """The maker of lines, its football and its clock."""

    def __init__(self, database: Postgres) -> None:
        self.database = database
        self.football = MemoryFootball(START)
        self.clock = HandClock(START)
        self.deps = Deps(football=self.football, lines=PostgresLines(database), clock=self.clock)

    def tick(self, **later: float) -> None:
        """The clock's minute, some time later."""
        self.clock.move(**later)
        service.make_all(self.deps)

    def at(self, moment: datetime) -> None:
        """Move the clock to a moment."""
        self.clock.move((moment - self.clock.now()).total_seconds())

    def suspend(self, event_id: int) -> None:
        """An operator suspends an event."""
        now = self.clock.now()
        self.database.transaction(lambda connection: betting_lines.suspend(connection, [event_id], "operator", now=now))

    def update(self) -> None:
        """An update of the league's matches arrives."""
        event = LeagueUpdated(
            league_id=LEAGUE_ID, season_id=1, records="matches", n_rows=1, batch_id="b", updated_at=self.clock.now()
        )
        service.update_league(event, self.deps)

    def rows(self, query: str, **params: Any) -> list[Any]:
        """Rows of any statement."""
        with self.database.connection() as connection:
            return connection.execute(query.encode(), params).fetchall()

    def event(self, match_id: int) -> Mapping[str, Any]:
        """The current event of a match."""
        columns = "id, state, suspended_for, starts_at, revision, valid_until"
        (row,) = self.rows(
            f"SELECT {columns} FROM betting_events WHERE match_id = %(match_id)s AND is_current", match_id=match_id
        )
        return dict(zip(columns.split(", "), row, strict=True))

    def results(self, match_id: int) -> list[tuple[Any, ...]]:
        """The revisions of a match's results: status, goals, reason."""
        return self.rows(
            "SELECT r.status, r.home_goals, r.away_goals, r.void_reason FROM betting_results r "
            "JOIN betting_events e ON e.id = r.event_id WHERE e.match_id = %(match_id)s "
            "ORDER BY r.event_id, r.revision",
            match_id=match_id,
        )

    def offer(self, match_id: int, kind: str = "1x2", outcome: str = "home", line: int | None = None) -> Offer:
        """What a bettor is told of a selection now."""
        (row,) = self.rows(
            "SELECT o.selection_id FROM betting_offers o JOIN betting_events e ON e.id = o.event_id "
            "WHERE e.match_id = %(match_id)s AND e.is_current AND o.kind = %(kind)s AND o.outcome = %(outcome)s "
            "AND o.line IS NOT DISTINCT FROM %(line)s",
            match_id=match_id, kind=kind, outcome=outcome, line=line,
        )  # fmt: skip
        (locked,) = self.rows(
            "SELECT selection_id, version, odds_hundredths, refusal "
            "FROM betting_lock_selections(ARRAY[%(id)s]::bigint[], %(now)s)",
            id=row[0],
            now=self.clock.now(),
        )
        return Offer(*locked)

    def announced(self) -> list[str]:
        """The types of the events in the outbox, in order, and what they are of."""
        rows = self.rows("SELECT split_part(type, '.', 4), subject FROM outbox ORDER BY position")
        return [f"{kind}:{subject}" for kind, subject in rows]
