"""Suspend events and record their results, in the caller's transaction and with the events that tell of it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared import lazy
from shared.adapters.postgres import outbox
from shared.adapters.postgres.statements import Statements
from shared.errors import Conflict, NotFound
from shared.events.betting import EventSettled, LineChanged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import errors as pg

    from shared.adapters.postgres.database import Connection
else:
    pg = lazy.Module("psycopg.errors")

_SQL = Statements(Path(__file__).parent / "sql" / "betting_lines.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How an event ended; the fields are those of the table ``betting_results``."""

    event_id: int
    status: str
    home_goals: int | None = None
    away_goals: int | None = None
    outcome: str | None = None
    n_tied: int = 1
    void_reason: str = ""
    source_version: int = 0
    """Of the match it was read from; what was read from an older version than the newest result changes nothing."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The newest revision of an event's result, and whether this call made it."""

    revision: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class _ChangeRow:
    event_id: int
    revision: int
    state: str
    suspended_for: str
    starts_at: datetime
    changed_at: datetime


def record_result(
    connection: Connection, result: Result, *, by: str, now: datetime, only_first: bool = False
) -> Recorded:
    """Record how an event ended as its next revision; what equals the newest one changes nothing.

    Parameters
    ----------
    by : who says so: ``make-lines``, ``settle-bets``, or an operator's id.
    only_first : refuse where a result stands already.

    Raises
    ------
    NotFound : there is no such event.
    Conflict : it has a result, and `only_first` was asked for.
    """
    with _map_refusals():
        recorded = _SQL.row(
            connection,
            Recorded,
            "record_result",
            event_id=result.event_id,
            status=result.status,
            home_goals=result.home_goals,
            away_goals=result.away_goals,
            outcome=result.outcome,
            n_tied=result.n_tied,
            void_reason=result.void_reason,
            by=by,
            now=now,
            only_first=only_first,
            source_version=result.source_version,
        )
    assert recorded is not None
    if recorded.is_new:
        outbox.add(
            connection,
            EventSettled(
                event_id=result.event_id,
                revision=recorded.revision,
                status=result.status,
                home_goals=result.home_goals,
                away_goals=result.away_goals,
                outcome=result.outcome,
                n_tied=result.n_tied,
                void_reason=result.void_reason,
                recorded_at=now,
            ).to_event(),
        )
        announce(connection, [result.event_id])
    return recorded


def suspend(connection: Connection, event_ids: Collection[int], reason: str, *, now: datetime) -> list[int]:
    """Suspend those of these events that are open; their ids. Placements under way end before it, later ones fail."""
    lock(connection, event_ids)
    suspended = _SQL.values(connection, "suspend", event_ids=list(event_ids), reason=reason)
    touch(connection, suspended, now=now)
    return suspended


def reopen(connection: Connection, event_ids: Collection[int], reasons: Collection[str], *, now: datetime) -> list[int]:
    """Open those of these events again that were suspended for one of these reasons; their ids."""
    lock(connection, event_ids)
    reopened = _SQL.values(connection, "reopen", event_ids=list(event_ids), reasons=list(reasons))
    touch(connection, reopened, now=now)
    return reopened


def lock(connection: Connection, event_ids: Collection[int]) -> None:
    """Lock events against bets until the transaction ends."""
    if event_ids:
        _SQL.execute(connection, "lock_events", event_ids=list(event_ids))


def touch(connection: Connection, event_ids: Collection[int], *, now: datetime) -> None:
    """Count a change of events, whose locks the caller holds, and tell of it."""
    if event_ids:
        _SQL.execute(connection, "touch", event_ids=list(event_ids), now=now)
        announce(connection, event_ids)


def announce(connection: Connection, event_ids: Collection[int]) -> None:
    """Put events' changes into the outbox."""
    for row in _SQL.rows(connection, _ChangeRow, "changed_events", event_ids=list(event_ids)):
        change = LineChanged(
            event_id=row.event_id,
            revision=row.revision,
            state=row.state,
            suspended_for=row.suspended_for,
            starts_at=row.starts_at,
            changed_at=row.changed_at,
        )
        outbox.add(connection, change.to_event())


@contextmanager
def _map_refusals() -> Iterator[None]:
    try:
        yield
    except pg.Error as exc:
        if exc.sqlstate == "BT001":
            raise NotFound(exc.diag.message_primary or "") from exc
        if exc.sqlstate == "BT002":
            raise Conflict(exc.diag.message_primary or "") from exc
        raise
