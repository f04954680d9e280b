"""The transactional outbox in Postgres: events are added by the transaction they tell of, and published in order."""

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
from shared.events.envelope import Event, with_trace

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.outbox import OutboxRelay
    from shared.settings.eventing import SinkSettings

_SQL = Statements(Path(__file__).parent / "sql" / "outbox.sql")
BATCH = 50
_SINK_TIMEOUT_S = 3.0
"""Short, as a request's thread may wait for it; an event whose response came late is published once more."""
_LOCK = 7_266_102_012
"""The key of our advisory lock: one relay at a time, or two would overtake each other."""


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
    """Build the relay from a database's outbox to the broker (`K_SINK`)."""
    from shared.adapters.http.event_sink import HttpSink
    from shared.outbox import OutboxRelay

    sink = HttpSink(settings.url, overrides=settings.overrides, timeout_s=_SINK_TIMEOUT_S)
    return OutboxRelay(PostgresOutbox(database), sink, SystemClock())


def early_publisher(database: Postgres, settings: SinkSettings) -> Callable[[], None] | None:
    """Build the callback that publishes events right after a request; None without a broker."""
    if not settings.url:
        return None
    relay = cache(lambda: build_relay(database, settings))  # built with the first event, to keep cold starts short
    return lambda: relay().try_run()


def add(connection: Connection, event: Event) -> None:
    """Store an event with JSON data in the transaction at hand, with the trace of the work it came from.

    A subject's events keep the order of commits only if the caller holds a lock for it, such as the user's row.
    """
    event = with_trace(event)
    _SQL.execute(
        connection,
        "add_event",
        source=event.source,
        event_id=event.id,
        type=event.type,
        subject=event.subject,
        occurred_at=event.time,
        extensions=json.dumps(dict(event.extensions)),
        data=event.data.decode(),
    )


class PostgresOutbox:
    """The table ``outbox``."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def publish_pending(self, publish: Callable[[Event], bool], *, now: datetime) -> bool:
        """Pass the oldest pending events to `publish` and mark those it accepted; whether more may be pending."""

        def work(connection: Connection) -> bool:
            if not _SQL.value(connection, "try_lock", lock=_LOCK):
                return False
            waiting = _SQL.rows(connection, _Row, "list_pending", at_most=BATCH)
            published = [row.position for row in waiting if publish(row.event())]
            if published:
                _SQL.execute(connection, "mark_delivered", taken=published, now=now)
            return bool(published) and len(waiting) == BATCH

        return self._database.transaction(work)

    def forget(self, *, before: datetime) -> int:
        """Delete events that were published before a moment; their number."""
        return _SQL.execute(self._database, "delete_published", before=before)
