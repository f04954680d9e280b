"""The journal in a SQLite file: written in batches by a thread, bounded, readable while the process runs.

``PRAGMA synchronous=NORMAL`` over a write-ahead log: a batch is not fsynced, so nobody waits for the disk, and yet the
file stays sound when the power goes (OFF would not promise that). A kill of the process loses the last `GATHER_S` of
steps, a power cut those since the last checkpoint; events are never affected.
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

GATHER_S = 0.2
"""Steps are gathered for so long before they are written together."""
MOST_WAITING = 50_000
"""More steps than this do not wait for the disk: they are counted and left out."""
MAX_ROWS = 500_000
MAX_BYTES = 256 * 2**20
_SHAPE = 2
"""Raised when the columns change; a file of another shape is begun anew."""
_TOGETHER = 200
"""Rows of one statement at most. For each statement the interpreter's lock is left and taken again, and who delivers
events has to make way for that: a statement for each row cost a fifth of all throughput."""
_PRUNED_EVERY = 5_000
"""Rows; asking how many there are is cheap, and yet some statements."""

COLUMNS = ("at", *TraceStep._fields)
_MARKS = f"({', '.join('?' * len(COLUMNS))})"

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
    f"PRAGMA user_version = {_SHAPE}",
)

Row = tuple[float, TraceStep]


def connect(path: Path) -> sqlite3.Connection:
    """Open the file for writing, made when missing; other processes may write to it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if shape(connection) != _SHAPE:
        with transaction(connection):
            for statement in _SCHEMA if shape(connection) != _SHAPE else ():
                connection.execute(statement)
    return connection


def shape(connection: sqlite3.Connection) -> int:
    """Which columns the file has."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing of what is written inside; others wait."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def write(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Add steps, each with the moment (Unix seconds) it was taken at."""
    with transaction(connection):
        for first in range(0, len(rows), _TOGETHER):
            part = rows[first : first + _TOGETHER]
            values = [value for at, step in part for value in (at, *step)]
            try:
                connection.execute(_insert(len(part)), values)
            except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and UTF-8 cannot
                connection.execute(_insert(len(part)), list(map(_storable, values)))


def _storable(value: object) -> object:
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


@cache
def _insert(n_rows: int) -> str:
    """The statement for so many rows."""
    return f"INSERT INTO steps ({', '.join(COLUMNS)}) VALUES {', '.join([_MARKS] * n_rows)}"  # nosec B608 - our names


def prune(connection: sqlite3.Connection, *, max_rows: int, max_bytes: int) -> None:
    """Drop the oldest steps once a bound is passed, a twentieth more than needed so that it is seldom done.

    The file does not shrink; what is dropped makes room for what comes.
    """
    while True:
        first, last = connection.execute("SELECT (SELECT min(n) FROM steps), (SELECT max(n) FROM steps)").fetchone()
        if first is None:
            return
        n_rows = last - first + 1
        kept = min(max_rows / n_rows, max_bytes / n_bytes(connection))
        if kept >= 1:
            return
        connection.execute("DELETE FROM steps WHERE n <= ?", (last - int(n_rows * kept * 0.95),))


def n_bytes(connection: sqlite3.Connection) -> int:
    """Of the file, free pages not counted."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


class StoredTrace:
    """A `EventTrace` on disk. Nothing that happens to the file reaches those who tell it steps."""

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], float] = time.time,
        max_rows: int = MAX_ROWS,
        max_bytes: int = MAX_BYTES,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """Begin to write to `path`; `now` gives Unix seconds."""
        self._path = path
        self._now = now
        self._max_rows, self._max_bytes = max_rows, max_bytes
        self._most_waiting = most_waiting
        self._waiting: deque[Row] = deque()
        # Each of these is counted by one thread alone: who tells steps, and who writes them.
        self._n_no_room = 0
        self._n_failed = self._n_told = 0
        self._n_unpruned = _PRUNED_EVERY
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def note(self, step: TraceStep) -> None:
        """Remember it for the next batch; when too many wait, only count it.

        The attempt that an event was delivered by and that it was are one row: the two are a third of all steps.
        """
        if step.what == "delivered" and self._ends_with_its_attempt(step):
            return
        if len(self._waiting) >= self._most_waiting:
            self._n_no_room += 1
            return
        self._waiting.append((self._now(), step))
        if not self._wake.is_set():
            self._wake.set()

    def _ends_with_its_attempt(self, step: TraceStep) -> bool:
        try:
            at, last = self._waiting[-1]
            if last.what != "attempt" or (last.id, last.consumer) != (step.id, step.consumer):
                return False
            self._waiting[-1] = (at, TraceStep("delivered", *last[1:]))
        except IndexError:  # the thread took it meanwhile
            return False
        return True

    def close(self) -> None:
        """Return when what was told is written."""
        self._closing.set()
        self._wake.set()
        self._thread.join(10)

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        silent = False
        while not (self._closing.is_set() and not self._waiting):
            self._wake.wait()
            self._closing.wait(GATHER_S)
            self._wake.clear()
            batch = self._batch()
            try:
                connection = connection or connect(self._path)
                self._store(connection, batch)
                silent = False
            except Exception as exc:  # whatever it is, the next batch may fare better
                self._n_failed += len(batch)
                if not silent:
                    _log.warning("steps are not recorded: %s", exc, extra={"action": "journal"})
                silent = True
        if connection is not None:
            connection.close()

    def _batch(self) -> list[Row]:
        """What waits now."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def _store(self, connection: sqlite3.Connection, batch: list[Row]) -> None:
        n_left_out = self._n_no_room + self._n_failed - self._n_told
        if n_left_out:
            batch = [*batch, (self._now(), TraceStep(what="unrecorded", detail=f"{n_left_out} steps"))]
        write(connection, batch)
        self._n_told += n_left_out
        self._n_unpruned += len(batch)
        if self._n_unpruned >= _PRUNED_EVERY:
            prune(connection, max_rows=self._max_rows, max_bytes=self._max_bytes)
            self._n_unpruned = 0
