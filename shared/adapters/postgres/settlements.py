"""Settles the bets of an event in Postgres: outcomes first, then bets in chunks, each chunk and its event one commit.

A kill at any moment loses nothing and pays nothing twice: a chunk is done or not, and doing it again finds that nothing
changed. An event counts as settled when its last chunk is; until then the sweep comes back to it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres import outbox
from shared.adapters.postgres.statements import Statements
from shared.domain.betting.settlement import (
    EventResult,
    MarketKind,
    OutcomeResult,
    ResultStatus,
    Selection,
    settle,
)
from shared.events.bets import BetsSettled, SettledBet

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).parent / "sql" / "settlements.sql")
CHUNK = 1_000
"""Bets in one commit: placements wait for the house's accounts no longer than that takes."""
CORRECTION_WINDOW = timedelta(hours=72)
"""After an event's first result; what is reported later changes no bet that is settled."""
_FIRST_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Settlement:
    """A revision of a bet."""

    bet_id: str
    revision: int
    event_id: int
    result_revision: int
    payout: int | None
    grade: str | None
    delta: int
    transaction_id: str | None
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class _ResultRow:
    revision: int
    status: str
    home_goals: int | None
    away_goals: int | None
    outcome: str | None
    n_tied: int
    void_reason: str
    recorded_at: datetime

    def result(self) -> EventResult:
        return EventResult(
            status=ResultStatus(self.status),
            home_goals=self.home_goals or 0,
            away_goals=self.away_goals or 0,
            won=self.outcome == "win",
            n_tied=self.n_tied,
        )


@dataclass(frozen=True, slots=True)
class _SelectionRow:
    selection_id: int
    kind: str
    line: int | None
    outcome: str

    def selection(self) -> Selection:
        return Selection(kind=MarketKind(self.kind), line=self.line, outcome=self.outcome)


@dataclass(frozen=True, slots=True)
class _SettledRow:
    result_revision: int
    first_result_at: datetime
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Chunk:
    last_id: str | None
    result_revision: int | None
    n_changed: int
    changes: str | None


class PostgresSettlements:
    """Results of events, applied to bets."""

    def __init__(self, database: Postgres, *, chunk: int = CHUNK) -> None:
        """Remember where bets are, and how many are settled in one commit."""
        self._database = database
        self._chunk = chunk

    def unsettled_events(self, *, limit: int = 1_000) -> Sequence[int]:
        """Return events with a result that has not reached all of their bets."""
        return _SQL.values(self._database, "unsettled_events", limit=limit)

    def settle_event(self, event_id: int, *, now: datetime) -> int:
        """Bring every bet of an event to its newest result; how many bets changed.

        Nothing happens without a result. Several settlers at once share the work, and each bet changes once.
        """
        revision = self._database.transaction(lambda connection: _apply_result(connection, event_id, now))
        if revision is None:
            return 0
        n_changed, after = 0, _FIRST_ID
        while after:
            chunk = self._settle_chunk(event_id, after, now)
            n_changed += chunk.n_changed
            after = chunk.last_id or ""
        _SQL.execute(self._database, "end_event", event_id=event_id, revision=revision)
        return n_changed

    def settlements(self, bet_id: str) -> list[Settlement]:
        """Return the revisions of a bet, the oldest first."""
        return _SQL.rows(self._database, Settlement, "settlements", bet_id=bet_id)

    def _settle_chunk(self, event_id: int, after: str, now: datetime) -> _Chunk:
        def work(connection: Connection) -> _Chunk:
            params = {"event_id": event_id, "after": after, "limit": self._chunk, "now": now}
            row = _SQL.row(connection, _Chunk, "settle", **params)
            assert row is not None
            if row.changes is not None and row.result_revision is not None:
                bets = tuple(SettledBet(**each) for each in json.loads(row.changes))
                settled = BetsSettled(event_id=event_id, result_revision=row.result_revision, settled_at=now, bets=bets)
                outbox.add(connection, settled.to_event())
            return row

        return self._database.transaction(work)


def _apply_result(connection: Connection, event_id: int, now: datetime) -> int | None:
    """Store what the newest result makes of each selection that was bet on; the result's revision, None without one."""
    _SQL.execute(connection, "lock_event", event_id=event_id)
    row = _SQL.row(connection, _ResultRow, "newest_result", event_id=event_id)
    if row is None:
        return None
    known = _SQL.row(connection, _SettledRow, "settled_event", event_id=event_id)
    if known is not None and known.result_revision == row.revision:
        return row.revision
    first_result_at = known.first_result_at if known else row.recorded_at
    if known is None or not _is_frozen(connection, event_id, row, first_result_at):
        _store_outcomes(connection, event_id, row.result())
    _SQL.execute(
        connection,
        "begin_event",
        event_id=event_id,
        revision=row.revision,
        first_result_at=first_result_at,
        now=now,
    )
    return row.revision


def _is_frozen(connection: Connection, event_id: int, row: _ResultRow, first_result_at: datetime) -> bool:
    """Whether a correction comes too late; what is still open is settled however late its result is."""
    if row.recorded_at <= first_result_at + CORRECTION_WINDOW:
        return False
    return bool(_SQL.value(connection, "has_outcomes", event_id=event_id))


def _store_outcomes(connection: Connection, event_id: int, result: EventResult) -> None:
    selections = _SQL.rows(connection, _SelectionRow, "selections", event_id=event_id)
    outcomes = {row.selection_id: settle(row.selection(), result) for row in selections}
    if None in outcomes.values():
        _SQL.execute(connection, "delete_outcomes", event_id=event_id)
        return
    rows = [_columns(event_id, selection_id, each) for selection_id, each in outcomes.items() if each is not None]
    _SQL.execute_many(connection, "put_outcome", rows)


def _columns(event_id: int, selection_id: int, outcome: OutcomeResult) -> dict[str, Any]:
    return {
        "selection_id": selection_id,
        "event_id": event_id,
        "won": outcome.won,
        "void_halves": int(outcome.void * 2),
        "n_tied": outcome.n_tied if outcome.won else 1,
        "grade": outcome.grade.value,
    }
