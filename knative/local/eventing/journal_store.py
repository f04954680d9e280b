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
from itertools import chain
from pathlib import Path

from knative.local.eventing.journal import Step

_log = logging.getLogger(__name__)

GATHER_S = 0.1
"""Steps are gathered for so long before they are written together."""
MOST_WAITING = 50_000
"""More steps than this do not wait for the disk: they are counted and left out."""
MAX_ROWS = 500_000
MAX_BYTES = 256 * 2**20
_SHAPE = 1
"""Raised when the columns change; a file of another shape is begun anew."""
_TOGETHER = 100
"""Rows of one statement. SQLite leaves the interpreter's lock once per statement: with one row each, the thread that
delivers events and the one that writes would hand it to and fro for every row."""

COLUMNS = ("at", *Step._fields)
_MARKS = f"({', '.join('?' * len(COLUMNS))})"
_INSERT = f"INSERT INTO steps ({', '.join(COLUMNS)}) VALUES {_MARKS}"
_INSERT_TOGETHER = _INSERT + f", {_MARKS}" * (_TOGETHER - 1)

GIVEN_UP = "what IN ('dead_lettered', 'dropped', 'lost')"

_SCHEMA = (
    "DROP TABLE IF EXISTS steps",
    f"CREATE TABLE steps (n INTEGER PRIMARY KEY, {', '.join(COLUMNS)})",
    "CREATE INDEX steps_by_id ON steps (id)",
    "CREATE INDEX steps_by_next ON steps (next_id) WHERE next_id <> ''",
    "CREATE INDEX steps_by_trace ON steps (trace) WHERE trace <> ''",
    f"CREATE INDEX steps_given_up ON steps (n) WHERE {GIVEN_UP}",
    "CREATE INDEX steps_started ON steps (at) WHERE what = 'started'",
    """CREATE TABLE IF NOT EXISTS redrives
       (topic TEXT, partition INTEGER, offset TEXT, at REAL, PRIMARY KEY (topic, partition, offset))""",
    f"PRAGMA user_version = {_SHAPE}",
)

Row = tuple[float, Step]


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
    flat = [(at, *step) for at, step in rows]
    whole = len(flat) - len(flat) % _TOGETHER
    with transaction(connection):
        for at in range(0, whole, _TOGETHER):
            connection.execute(_INSERT_TOGETHER, tuple(chain.from_iterable(flat[at : at + _TOGETHER])))
        connection.executemany(_INSERT, flat[whole:])


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


class StoredJournal:
    """A `Journal` on disk. Nothing that happens to the file reaches those who tell it steps."""

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
        self._n_unrecorded = 0
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def note(self, step: Step) -> None:
        """Remember it for the next batch; when too many wait, only count it."""
        if len(self._waiting) >= self._most_waiting:
            self._n_unrecorded += 1
            return
        self._waiting.append((self._now(), step))
        if not self._wake.is_set():
            self._wake.set()

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
            except sqlite3.Error as exc:
                self._n_unrecorded += len(batch)
                if not silent:
                    _log.warning("steps are not recorded: %s", exc, extra={"action": "journal"})
                silent = True
        if connection is not None:
            connection.close()

    def _batch(self) -> list[Row]:
        """What waits now, and how many steps there was no room for."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def _store(self, connection: sqlite3.Connection, batch: list[Row]) -> None:
        n_left_out = self._n_unrecorded
        if n_left_out:
            batch = [*batch, (self._now(), Step(what="unrecorded", detail=f"{n_left_out} steps"))]
        write(connection, batch)
        self._n_unrecorded -= n_left_out
        prune(connection, max_rows=self._max_rows, max_bytes=self._max_bytes)
