"""The journal: an event trace in a SQLite file, written in batches by a thread, bounded, readable while it is written.

``PRAGMA synchronous=NORMAL`` over a write-ahead log: a batch is not fsynced, so nothing waits for the disk, and yet the
file stays valid after a power failure (OFF would not promise that). A kill of the process loses the last
`BATCH_EVERY_S` of steps, a power failure those since the last checkpoint; events are never affected.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from knative.local.eventing.trace.event_trace import TraceStep

_log = logging.getLogger(__name__)

BATCH_EVERY_S = 0.2
"""Steps are collected for so long before they are written together."""
MAX_PENDING = 50_000
"""More steps than this are not kept in memory: they are counted and left out."""
MAX_ROWS = 500_000
MAX_BYTES = 256 * 2**20
_SCHEMA_VERSION = 2
"""Raised when the columns change; a file of another version is begun anew."""
_ROWS_PER_STATEMENT = 200
"""For each statement the interpreter's lock is released and taken again, which slows the event loop down: a statement
for each row cost a fifth of all throughput."""
_PRUNE_EVERY = 5_000
"""Number of rows; counting them is cheap, and yet takes some statements."""

COLUMNS = ("at", *TraceStep._fields)
_PLACEHOLDERS = f"({', '.join('?' * len(COLUMNS))})"

ROWS_OF_SEGMENT = 10_000
SEGMENT = f"n / {ROWS_OF_SEGMENT}"
"""Ids come in no order, so each new row would touch another page of one great index: five times the work of the row
itself. An index by segments of rows is written where its newest segment is, and read once for each of them."""
GIVEN_UP = "what IN ('dead_lettered', 'dropped', 'lost')"

_SCHEMA = (
    "DROP TABLE IF EXISTS steps",
    f"CREATE TABLE steps (n INTEGER PRIMARY KEY, {', '.join(COLUMNS)})",
    f"CREATE INDEX steps_by_id ON steps ({SEGMENT}, id)",
    f"CREATE INDEX steps_by_next ON steps ({SEGMENT}, next_id) WHERE next_id <> ''",
    f"CREATE INDEX steps_by_trace ON steps ({SEGMENT}, trace) WHERE trace <> ''",
    f"CREATE INDEX steps_given_up ON steps (n) WHERE {GIVEN_UP}",
    "CREATE INDEX steps_started ON steps (at) WHERE what = 'started'",
    """CREATE TABLE IF NOT EXISTS redrives
       (topic TEXT, partition INTEGER, offset TEXT, at REAL, PRIMARY KEY (topic, partition, offset))""",
    f"PRAGMA user_version = {_SCHEMA_VERSION}",
)

Row = tuple[float, TraceStep]


def connect(path: Path) -> sqlite3.Connection:
    """Open the file for writing, created when missing; other processes may write to it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if schema_version(connection) != _SCHEMA_VERSION:
        with transaction(connection):
            for statement in _SCHEMA if schema_version(connection) != _SCHEMA_VERSION else ():
                connection.execute(statement)
    return connection


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the version of the file's columns."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing inside; other writers wait."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def write(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Add steps, each with its time in Unix seconds."""
    with transaction(connection):
        for first in range(0, len(rows), _ROWS_PER_STATEMENT):
            part = rows[first : first + _ROWS_PER_STATEMENT]
            values = [value for at, step in part for value in (at, *step)]
            try:
                connection.execute(_insert(len(part)), values)
            except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and UTF-8 cannot
                connection.execute(_insert(len(part)), list(map(_storable, values)))


def _storable(value: object) -> object:
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


@cache
def _insert(n_rows: int) -> str:
    """Return the statement for so many rows."""
    return f"INSERT INTO steps ({', '.join(COLUMNS)}) VALUES {', '.join([_PLACEHOLDERS] * n_rows)}"  # nosec B608 - our names


def prune(connection: sqlite3.Connection, *, max_rows: int, max_bytes: int) -> None:
    """Delete the oldest steps once a bound is passed, a twentieth more than needed so that it is seldom done.

    The file does not shrink; the space is used again.
    """
    while True:
        first, last = connection.execute("SELECT (SELECT min(n) FROM steps), (SELECT max(n) FROM steps)").fetchone()
        if first is None:
            return
        n_rows = last - first + 1
        kept_share = min(max_rows / n_rows, max_bytes / n_bytes(connection))
        if kept_share >= 1:
            return
        connection.execute("DELETE FROM steps WHERE n <= ?", (last - int(n_rows * kept_share * 0.95),))


def n_bytes(connection: sqlite3.Connection) -> int:
    """Return the size of the file, free pages not counted."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


class StoredTrace:
    """An `EventTrace` on disk. No error of the file reaches the code that records steps."""

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], float] = time.time,
        max_rows: int = MAX_ROWS,
        max_bytes: int = MAX_BYTES,
        max_pending: int = MAX_PENDING,
    ) -> None:
        """Start the thread that writes to `path`; `now` gives Unix seconds."""
        self._path = path
        self._now = now
        self._max_rows, self._max_bytes = max_rows, max_bytes
        self._max_pending = max_pending
        self._pending: deque[Row] = deque()
        # Each of these is changed by one thread alone: the one that records, or the one that writes.
        self._n_left_out = 0
        self._n_failed = self._n_reported = 0
        self._n_unpruned = _PRUNE_EVERY
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def record(self, step: TraceStep) -> None:
        """Keep the step for the next batch; when too many are pending, only count it.

        A successful attempt and the delivery it ends are one row: the two are a third of all steps.
        """
        if step.what == "delivered" and self._merge_with_attempt(step):
            return
        if len(self._pending) >= self._max_pending:
            self._n_left_out += 1
            return
        self._pending.append((self._now(), step))
        if not self._wake.is_set():
            self._wake.set()

    def _merge_with_attempt(self, step: TraceStep) -> bool:
        try:
            at, last = self._pending[-1]
            if last.what != "attempt" or (last.id, last.consumer) != (step.id, step.consumer):
                return False
            self._pending[-1] = (at, TraceStep("delivered", *last[1:]))
        except IndexError:  # the thread has written it meanwhile
            return False
        return True

    def close(self) -> None:
        """Return when everything recorded is written."""
        self._closing.set()
        self._wake.set()
        self._thread.join(10)

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        is_logged = False
        while not (self._closing.is_set() and not self._pending):
            self._wake.wait()
            self._closing.wait(BATCH_EVERY_S)
            self._wake.clear()
            batch = self._take_batch()
            try:
                connection = connection or connect(self._path)
                self._store(connection, batch)
                is_logged = False
            except Exception as exc:  # whatever it is, the next batch may succeed
                self._n_failed += len(batch)
                if not is_logged:
                    _log.warning("steps are not recorded: %s", exc, extra={"action": "journal"})
                is_logged = True
        if connection is not None:
            connection.close()

    def _take_batch(self) -> list[Row]:
        """Take what is pending now."""
        return [self._pending.popleft() for _ in range(len(self._pending))]

    def _store(self, connection: sqlite3.Connection, batch: list[Row]) -> None:
        n_missing = self._n_left_out + self._n_failed - self._n_reported
        if n_missing:
            batch = [*batch, (self._now(), TraceStep(what="unrecorded", detail=f"{n_missing} steps"))]
        write(connection, batch)
        self._n_reported += n_missing
        self._n_unpruned += len(batch)
        if self._n_unpruned >= _PRUNE_EVERY:
            prune(connection, max_rows=self._max_rows, max_bytes=self._max_bytes)
            self._n_unpruned = 0
