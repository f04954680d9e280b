"""Reads the journal, also while its process writes it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

from knative.local.eventing.trace.event_trace import TraceStep
from knative.local.eventing.trace.trace_store import COLUMNS, GIVEN_UP, ROWS_OF_SEGMENT, SEGMENT
from knative.local.tools.text.time_format import iso
from shared.errors import NotFound, Unavailable

ALL_SEGMENTS = f"""{SEGMENT} IN (
    WITH RECURSIVE segments(n) AS (
        SELECT (SELECT min(n) FROM steps) UNION ALL SELECT n + {ROWS_OF_SEGMENT} FROM segments
        WHERE {SEGMENT} < (SELECT max({SEGMENT}) FROM steps)
    ) SELECT {SEGMENT} FROM segments)"""  # nosec B608 - here and below: our own names; every value is bound
"""Makes a condition on an id, a reply or a trace use its index; see `journal_store.SEGMENT`."""
LAST_CHARACTER = "\U0010ffff"
"""Sorts after everything that an id may go on with."""


class RecordedStep(NamedTuple):
    """A step with its place in the journal."""

    n: int
    at: float
    """Unix seconds."""
    step: TraceStep

    def as_json(self) -> dict[str, Any]:
        """For programs: the fields that say something."""
        return {"at": iso(self.at)} | {name: value for name, value in self.step._asdict().items() if value}


class TracedEvent(NamedTuple):
    """An event that the journal knows."""

    source: str
    id: str
    at: float
    """Unix seconds of its first step."""
    type: str


class TraceReader:
    """One journal. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        """Open it; `NotFound` when there is none."""
        if not path.is_file():
            raise NotFound(f"no journal at {path}: has the platform run yet?")
        self.path = path
        self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=5)
        self._connection.execute("PRAGMA query_only = ON")

    def __enter__(self) -> TraceReader:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def find_events(self, prefix: str, *, source: str = "", limit: int = 50) -> list[TracedEvent]:
        """Events whose id is this, or else begins with it; those of one source when it is named. Newest first."""
        for last in (prefix, prefix + LAST_CHARACTER):
            rows = self._rows(
                f"SELECT source, id, min(at), max(type) FROM steps WHERE {ALL_SEGMENTS} AND id >= ? AND id <= ?"
                " AND id <> '' AND (? = '' OR source = ?) GROUP BY source, id ORDER BY min(n) DESC LIMIT ?",  # nosec B608
                prefix, last, source, source, limit,
            )  # fmt: skip
            if rows:
                return [TracedEvent(*row) for row in rows]
        return []

    def steps(self, source: str, id: str) -> list[RecordedStep]:
        """Everything that happened to one event, in order.

        How it came in is first: the door notes that once the log holds the event, when a Trigger may have it already.
        """
        return self._read_steps(
            f"{ALL_SEGMENTS} AND id = ? AND source = ? ORDER BY what NOT IN ('received', 'ticked'), at, n", id, source
        )

    def causing_steps(self, source: str, id: str) -> list[RecordedStep]:
        """The steps whose reply the event is."""
        return self._read_steps(
            f"{ALL_SEGMENTS} AND next_id = ? AND next_id <> '' AND next_source = ? ORDER BY n", id, source
        )

    def events_of_trace(self, trace: str, *, limit: int) -> list[TracedEvent]:
        """The events that carry a trace, in the order they came in."""
        rows = self._rows(
            f"SELECT source, id, min(at), max(type) FROM steps WHERE {ALL_SEGMENTS} AND trace = ? AND trace <> ''"
            " GROUP BY source, id ORDER BY min(at) LIMIT ?", trace, limit,  # nosec B608
        )  # fmt: skip
        return [TracedEvent(*row) for row in rows]

    def attempts_of_trace(self, trace: str, *, limit: int) -> list[RecordedStep]:
        """The attempts to deliver its events."""
        ids = f"SELECT id FROM steps WHERE {ALL_SEGMENTS} AND trace = ? AND trace <> ''"  # nosec B608
        condition = f"{ALL_SEGMENTS} AND id IN ({ids}) AND what IN ('attempt', 'delivered') AND took_s > 0"
        return self._read_steps(f"{condition} ORDER BY n LIMIT ?", trace, limit)

    def trace_of(self, source: str, id: str) -> str:
        """The trace of an event; empty when no step tells it."""
        query = f"SELECT max(trace) FROM steps WHERE {ALL_SEGMENTS} AND id = ? AND source = ?"  # nosec B608
        rows = self._rows(query, id, source)
        return str(rows[0][0] or "")

    def starts(self, first_at: float, last_at: float) -> list[RecordedStep]:
        """The starts of the process in between."""
        return self._read_steps("what = 'started' AND at > ? AND at < ? ORDER BY n", first_at, last_at)

    def after(self, n: int, *, limit: int = 1000) -> list[RecordedStep]:
        """Return the steps recorded after a step."""
        return self._read_steps("n > ? ORDER BY n LIMIT ?", n, limit)

    def last_n(self) -> int:
        """The newest step's place; 0 when there is none."""
        return int(self._rows("SELECT coalesce(max(n), 0) FROM steps")[0][0])

    def newest_events(self, limit: int) -> list[TracedEvent]:
        """The events that came in last, newest first."""
        rows = self._rows(
            "SELECT source, id, at, type FROM steps WHERE what IN ('received', 'read', 'ticked')"
            " ORDER BY n DESC LIMIT ?", limit,
        )  # fmt: skip
        return [TracedEvent(*row) for row in rows]

    def failed_deliveries(self, limit: int) -> list[RecordedStep]:
        """Dead letters and what was lost, newest first."""
        return self._read_steps(f"{GIVEN_UP} ORDER BY n DESC LIMIT ?", limit)

    def oldest_step_at(self) -> float | None:
        """The moment of the oldest step that is still kept."""
        rows = self._rows("SELECT at FROM steps ORDER BY n LIMIT 1")
        return float(rows[0][0]) if rows else None

    def _read_steps(self, condition: str, *values: object) -> list[RecordedStep]:
        rows = self._rows(f"SELECT n, {', '.join(COLUMNS)} FROM steps WHERE {condition}", *values)  # nosec B608
        return [RecordedStep(row[0], row[1], TraceStep(*row[2:])) for row in rows]

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as exc:
            raise Unavailable(f"the journal {self.path} cannot be read: {exc}") from exc
