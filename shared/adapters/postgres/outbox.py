"""The outbox in Postgres: facts are put in by the transaction that makes them true, and handed over in their order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres.statements import Statements
from shared.clock import SystemClock
from shared.events.envelope import Event, traced

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.outbox import OutboxRelay
    from shared.settings.eventing import SinkSettings

_SQL = Statements(Path(__file__).parent / "sql" / "outbox.sql")
BATCH = 50
_SINK_TIMEOUT_S = 3.0
"""A request's thread may wait for it, so it is short; a fact whose answer came late is told once more."""
_LOCK = 7_266_102_012
"""Ours among the database's advisory locks: one relay at a time, or two would overtake each other."""


@dataclass(frozen=True, slots=True)
class _Row:
    position: int
    source: str
    event_id: str
    type: str
    subject: str
    occurred_at: datetime
    extensions: dict[str, str]
    data: str

    def event(self) -> Event:
        return Event(
            id=self.event_id,
            source=self.source,
            type=self.type,
            time=self.occurred_at,
            subject=self.subject,
            extensions=self.extensions,
            data=self.data.encode(),
        )


def build_relay(database: Postgres, settings: SinkSettings) -> OutboxRelay:
    """What hands the facts of a database to the broker (`K_SINK`)."""
    from shared.adapters.http.event_sink import HttpSink
    from shared.outbox import OutboxRelay

    sink = HttpSink(settings.url, overrides=settings.overrides, timeout_s=_SINK_TIMEOUT_S)
    return OutboxRelay(PostgresOutbox(database), sink, SystemClock())


def early_publisher(database: Postgres, settings: SinkSettings) -> Callable[[], None] | None:
    """For a function that only wants its facts told early; None without a broker's address: the clock tells them."""
    if not settings.url:
        return None
    made = cache(lambda: build_relay(database, settings))  # with the first fact, as a cold start has none to tell
    return lambda: made().try_run()


def add(connection: Connection, event: Event) -> None:
    """Store an event with JSON data in the transaction at hand, with the trace of the work it came from.

    Order per subject is the order of commits only if whoever puts holds a lock that stands for the subject, such as the
    user's row.
    """
    event = traced(event)
    _SQL.execute(
        connection,
        "put",
        source=event.source,
        event_id=event.id,
        type=event.type,
        subject=event.subject,
        occurred_at=event.time,
        extensions=json.dumps(dict(event.extensions)),
        data=event.data.decode(),
    )


class PostgresOutbox:
    """What waits to be told."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def publish_pending(self, post: Callable[[Event], bool], *, now: datetime) -> bool:
        """Give the oldest waiting events to `post` and remember those it took; whether more may wait."""

        def work(connection: Connection) -> bool:
            if not _SQL.value(connection, "try_lock", lock=_LOCK):
                return False
            waiting = _SQL.rows(connection, _Row, "waiting", at_most=BATCH)
            taken = [row.position for row in waiting if post(row.event())]
            if taken:
                _SQL.execute(connection, "mark_delivered", taken=taken, now=now)
            return bool(taken) and len(waiting) == BATCH

        return self._database.transaction(work)

    def forget(self, *, before: datetime) -> int:
        """Drop what was delivered before; how many."""
        return _SQL.execute(self._database, "forget", before=before)
