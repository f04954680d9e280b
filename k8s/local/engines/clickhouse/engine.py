"""The engine: a pool of chDB handles, each used by one request at a time, keyed by database and settings.

A handle has its database and settings as state. Applying them for every request would cost more than most queries, so
handles are pooled with them; at the limit the least recently used idle one is closed.
"""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from k8s.local.engines.clickhouse.statement import Statement

SessionSettings = tuple[str, tuple[tuple[str, str], ...]]

_CODE = re.compile(r"Code: (\d+)\. DB::(?:Net|ErrnoE|E)xception")
_ONE_TIME = frozenset({"insert_deduplication_token", "log_comment"})
"""Settings that differ with every request; a handle with them is not pooled."""

TOO_MANY_QUERIES = 202
_STORE = "clickhouse"
"""Folder of chDB's own files below the data directory."""


class EngineError(Exception):
    """Error of the engine with ClickHouse's message; `code` is ClickHouse's error code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """Result of a statement."""

    body: bytes = b""
    output_format: str = ""
    """Empty if the statement has no result set."""
    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    elapsed_s: float = 0.0

    def summary(self) -> dict[str, str]:
        """Return the members of X-ClickHouse-Summary: numbers as text."""
        return {
            "read_rows": str(self.read_rows),
            "read_bytes": str(self.read_bytes),
            "written_rows": str(self.written_rows),
            "written_bytes": str(self.written_bytes),
            "elapsed_ns": str(int(self.elapsed_s * 1e9)),
        }


class Engine:
    """chDB on one data directory. Safe to use from many threads; must not be used after a fork."""

    def __init__(self, data: Path, *, memory_bytes: int, max_handles: int = 32, wait_s: float = 30.0) -> None:
        """Open the directory, creating it when absent.

        Parameters
        ----------
        data : used by this process only.
        memory_bytes : limit of all queries and inserts together; beyond it they fail with code 241.
        max_handles : open at a time, idle ones included; hence also the most statements running at a time.
        wait_s : how long a statement waits for a handle before it fails with code 202.
        """
        data.mkdir(parents=True, exist_ok=True)
        self._clean_stop = data / "ended_well"
        if not self._clean_stop.exists():
            clear_deduplication_tokens(data)
        self._clean_stop.unlink(missing_ok=True)
        self._address = _address(data, memory_bytes)
        self._anchor = self._connect()  # chDB shuts down with its last handle; this one stays open.
        self._pool = HandlePool(self._open, limit=max_handles, wait_s=wait_s)
        self._ddl = threading.Lock()
        self._pinging = threading.Lock()

    def run(self, statement: Statement) -> QueryResult:
        """Run a statement; `EngineError` if the engine refuses it."""
        if statement.data is not None:
            return self._insert(statement, statement.data)
        with self._ddl if statement.is_ddl else nullcontext():
            return self._query(statement)

    def ping(self) -> None:
        """Return when queries work, also while every handle is busy; `EngineError` otherwise."""
        with self._pinging, _engine_errors():
            self._anchor.query("SELECT 1")

    def warm_up(self) -> None:
        """Run a first query and a first insert, so that the first caller does not pay for them."""
        import io

        import pyarrow as pa

        table = pa.table({"text": ["warm"], "number": [1]})
        buffer = io.BytesIO()
        with pa.ipc.new_file(buffer, table.schema) as writer:
            writer.write_table(table)
        name = "default.`.warm_up`"
        for sql in (f"DROP TABLE IF EXISTS {name}", f"CREATE TABLE {name} (text String, number Int64) ENGINE = Memory"):
            self.run(Statement(sql=sql))
        self.run(Statement(sql=f"INSERT INTO {name} (text, number)", data=buffer.getvalue(), input_format="Arrow"))
        self.run(Statement(sql=f"SELECT text, sum(number) FROM {name} GROUP BY text FORMAT Native"))  # nosec B608 - our own name
        self.run(Statement(sql=f"DROP TABLE {name}"))

    def close(self) -> None:
        """Close every handle; the engine ends with the last."""
        self._pool.close()
        self._anchor.close()
        self._clean_stop.touch()

    def _query(self, statement: Statement) -> QueryResult:
        # Without a FORMAT the column names are requested as well: a statement with a result then returns at least that
        # line, one without returns nothing, so clients can be told which of the two it was.
        probing = not statement.output_format
        engine_format = "TabSeparatedWithNames" if probing else statement.output_format
        with self._handle(statement) as handle, _engine_errors():
            result = handle.query(statement.sql, engine_format, params=dict(statement.parameters) or None)
            body = result.bytes() or b""
            return QueryResult(
                body=body.partition(b"\n")[2] if probing else body,
                output_format=("TabSeparated" if body else "") if probing else engine_format,
                read_rows=result.storage_rows_read(),
                read_bytes=result.storage_bytes_read(),
                written_rows=result.rows_written(),
                written_bytes=result.bytes_written(),
                elapsed_s=result.elapsed(),
            )

    def _insert(self, statement: Statement, data: bytes) -> QueryResult:
        """Insert data from memory; a temporary file or the statement's text would copy or alter it."""
        with self._handle(statement) as handle, _engine_errors():
            started = time.monotonic()
            inserter = handle.send_insert(statement.sql, statement.input_format)
            try:
                inserter.append(data)
                result = inserter.finish()
            finally:
                inserter.cancel()
        return QueryResult(
            written_rows=result.rows_written,
            written_bytes=result.bytes_written,
            elapsed_s=time.monotonic() - started,
        )

    def _handle(self, statement: Statement) -> Any:
        one_time = any(name in _ONE_TIME for name, _ in statement.settings)
        return self._pool.lease((statement.database, statement.settings), keep=not one_time)

    def _open(self, key: SessionSettings) -> Any:
        database, settings = key
        handle = self._connect()
        try:
            with _engine_errors():
                handle.query(f"USE `{_escape(database, '`')}`")
                for name, value in settings:
                    handle.query(f"SET {name} = '{_escape(value, chr(39))}'")
        except EngineError:
            handle.close()
            raise
        return handle

    def _connect(self) -> Any:
        import chdb

        with _engine_errors():
            return chdb.connect(self._address)


class HandlePool:
    """Pool of handles by key, at most `limit` open at a time."""

    def __init__(self, open_handle: Any, *, limit: int, wait_s: float) -> None:
        self._open_handle = open_handle
        self._limit = limit
        self._wait_s = wait_s
        self._changed = threading.Condition()
        self._idle: OrderedDict[int, tuple[SessionSettings, Any]] = OrderedDict()
        """Idle handles by identity, least recently used first."""
        self._n_open = 0

    @property
    def n_open(self) -> int:
        """Number of open handles, in use or idle."""
        return self._n_open

    @contextmanager
    def lease(self, key: SessionSettings, *, keep: bool = True) -> Iterator[Any]:
        """Yield a handle for `key` for exclusive use; afterwards it is pooled if `keep`, else closed.

        Raises
        ------
        EngineError : code 202 if none becomes free in time; or the error of opening one.
        """
        handle = self._checkout(key)
        try:
            yield handle
        finally:
            self._checkin(key, handle, keep=keep)

    def close(self) -> None:
        """Close the idle handles; those in use are closed when they are returned."""
        with self._changed:
            self._limit = 0
            idle = [handle for _, handle in self._idle.values()]
            self._idle.clear()
            self._n_open -= len(idle)
        for handle in idle:
            handle.close()

    def _checkout(self, key: SessionSettings) -> Any:
        deadline = time.monotonic() + self._wait_s
        with self._changed:
            while True:
                if (match := self._find(key)) is not None:
                    return match
                if self._n_open < self._limit:
                    self._n_open += 1
                    break
                if self._idle:
                    _, (_, stale) = self._idle.popitem(last=False)
                    stale.close()
                    break
                if not self._changed.wait(deadline - time.monotonic()):
                    raise EngineError(_too_many_message(self._limit), TOO_MANY_QUERIES)
        try:
            return self._open_handle(key)
        except BaseException:
            with self._changed:
                self._n_open -= 1
                self._changed.notify()
            raise

    def _find(self, key: SessionSettings) -> Any:
        """Remove and return the most recently used idle handle of this key."""
        for identity in reversed(self._idle):
            if self._idle[identity][0] == key:
                return self._idle.pop(identity)[1]
        return None

    def _checkin(self, key: SessionSettings, handle: Any, *, keep: bool) -> None:
        with self._changed:
            keep = keep and self._limit > 0
            if keep:
                self._idle[id(handle)] = (key, handle)
            else:
                self._n_open -= 1
            self._changed.notify()
        if not keep:
            handle.close()


def clear_deduplication_tokens(data: Path) -> None:
    """Remove stored insert_deduplication_tokens, after an unclean stop and before the engine opens.

    The engine stores a token before its rows are in place. Killed between the two it would, after a restart, take
    the next delivery of those rows for a duplicate and drop it (tried: it does). Without tokens a batch is at worst
    inserted twice, which the keys of the tables resolve.
    """
    for pattern in ("store/*/*/deduplication_logs", "data/*/*/deduplication_logs"):
        for folder in (data / _STORE).glob(pattern):
            shutil.rmtree(folder)


def _address(data: Path, memory_bytes: int) -> str:
    """Return chDB's connection string; settings that it cannot hold are written to a configuration file."""
    if "?" in str(data):
        raise ValueError(f"{data}: a data directory's name must not contain a question mark")
    config = data / "touchline.xml"
    config.write_text(_CONFIG.format(memory_bytes=memory_bytes, free_entries=_FREE_ENTRIES), encoding="utf-8")
    store = data / _STORE
    store.mkdir(exist_ok=True)
    return f"{store.resolve()}?config-file={config.resolve()}&max_server_memory_usage={memory_bytes}"


_CONFIG = """\
<!-- Written at every start. -->
<clickhouse>
    <merge_tree>
        <!-- An insert is acknowledged once it survives a power cut; costs 30 % of the rate (measured). -->
        <fsync_after_insert>1</fsync_after_insert>
        <fsync_part_directory>1</fsync_part_directory>
        <!-- The defaults need more free entries than the pool below has, so merges would stay small. -->
        {free_entries}
    </merge_tree>
    <max_server_memory_usage>{memory_bytes}</max_server_memory_usage>
    <!-- A laptop's share: the defaults are a server's (5 GB of marks, 16 merges at a time). -->
    <mark_cache_size>67108864</mark_cache_size>
    <background_pool_size>2</background_pool_size>
    <background_schedule_pool_size>2</background_schedule_pool_size>
</clickhouse>
"""
_FREE_ENTRIES = "\n        ".join(
    f"<{name}>1</{name}>"
    for name in (
        "number_of_free_entries_in_pool_to_lower_max_size_of_merge",
        "number_of_free_entries_in_pool_to_execute_mutation",
        "number_of_free_entries_in_pool_to_execute_optimize_entire_partition",
    )
)


@contextmanager
def _engine_errors() -> Iterator[None]:
    """Translate chDB's exceptions into `EngineError`, with ClickHouse's code from their text."""
    try:
        yield
    except (RuntimeError, ValueError, TypeError) as exc:
        raise _engine_error(exc) from exc
    except Exception as exc:
        if type(exc).__module__.partition(".")[0] != "chdb":
            raise
        raise _engine_error(exc) from exc


def _engine_error(exc: Exception) -> EngineError:
    message = str(exc)
    match = _CODE.search(message)
    return EngineError(message[match.start() :], int(match[1])) if match else EngineError(message, 1002)


def _escape(text: str, quote: str) -> str:
    return text.replace("\\", "\\\\").replace(quote, "\\" + quote)


def _too_many_message(limit: int) -> str:
    return f"Code: {TOO_MANY_QUERIES}. DB::Exception: all {limit} handles are busy (TOO_MANY_SIMULTANEOUS_QUERIES)"
