"""The engine: chDB handles, lent to one request at a time, one set per database and settings.

A handle carries its database and settings as state. Applying them for every request would cost more than most
queries, so handles that have them are kept and lent again; the least recently used idle one makes room at the limit.
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

Key = tuple[str, tuple[tuple[str, str], ...]]

_CODE = re.compile(r"Code: (\d+)\. DB::(?:Net|ErrnoE|E)xception")
_ONE_TIME = frozenset({"insert_deduplication_token", "log_comment"})
"""Settings that differ with every request: a handle that has them is of no use to the next one."""

TOO_MANY_QUERIES = 202
_STORE = "clickhouse"
"""Folder of chDB's own files below the data directory."""


class EngineError(Exception):
    """The engine refused, in ClickHouse's words; `code` is ClickHouse's error code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a statement gave."""

    body: bytes = b""
    output_format: str = ""
    """Empty: the statement has no result set."""
    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    elapsed_s: float = 0.0

    def summary(self) -> dict[str, str]:
        """As ClickHouse's X-ClickHouse-Summary has it: numbers as text."""
        return {
            "read_rows": str(self.read_rows),
            "read_bytes": str(self.read_bytes),
            "written_rows": str(self.written_rows),
            "written_bytes": str(self.written_bytes),
            "elapsed_ns": str(int(self.elapsed_s * 1e9)),
        }


class Engine:
    """chDB on one data directory. Safe to use from many threads; never to be inherited over a fork."""

    def __init__(self, data: Path, *, memory_bytes: int, max_handles: int = 32, wait_s: float = 30.0) -> None:
        """Open the directory, creating it when absent.

        Parameters
        ----------
        data : owned by this process alone.
        memory_bytes : what all queries and inserts together may take; beyond it they fail with code 241.
        max_handles : open at a time, idle ones included; hence also the most statements running at a time.
        wait_s : how long a statement waits for a handle before it fails with code 202.
        """
        data.mkdir(parents=True, exist_ok=True)
        self._ended_well = data / "ended_well"
        if not self._ended_well.exists():
            forget_insert_tokens(data)
        self._ended_well.unlink(missing_ok=True)
        self._address = _address(data, memory_bytes)
        self._keeper = self._connect()  # chDB shuts down with its last handle; this one stays.
        self._pool = HandlePool(self._open, limit=max_handles, wait_s=wait_s)
        self._ddl = threading.Lock()
        self._pinging = threading.Lock()

    def run(self, statement: Statement) -> Answer:
        """Execute a statement; `EngineError` when the engine refuses."""
        if statement.data is not None:
            return self._insert(statement, statement.data)
        with self._ddl if statement.is_ddl else nullcontext():
            return self._query(statement)

    def ping(self) -> None:
        """Return when queries work, also while every handle is busy; `EngineError` otherwise."""
        with self._pinging, _translated():
            self._keeper.query("SELECT 1")

    def warm_up(self) -> None:
        """Walk once through the paths of a first query and a first insert, so that the first caller need not."""
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
        self._keeper.close()
        self._ended_well.touch()

    def _query(self, statement: Statement) -> Answer:
        # Without a FORMAT the engine is asked for the column names as well: a statement that has a result then gives
        # at least that line, one that has none gives nothing, and clients are told which of the two it was.
        probing = not statement.output_format
        engine_format = "TabSeparatedWithNames" if probing else statement.output_format
        with self._handle(statement) as handle, _translated():
            result = handle.query(statement.sql, engine_format, params=dict(statement.parameters) or None)
            body = result.bytes() or b""
            return Answer(
                body=body.partition(b"\n")[2] if probing else body,
                output_format=("TabSeparated" if body else "") if probing else engine_format,
                read_rows=result.storage_rows_read(),
                read_bytes=result.storage_bytes_read(),
                written_rows=result.rows_written(),
                written_bytes=result.bytes_written(),
                elapsed_s=result.elapsed(),
            )

    def _insert(self, statement: Statement, data: bytes) -> Answer:
        """Data is handed over in memory; a temporary file or the statement's text would copy or garble it."""
        with self._handle(statement) as handle, _translated():
            started = time.monotonic()
            inserter = handle.send_insert(statement.sql, statement.input_format)
            try:
                inserter.append(data)
                result = inserter.finish()
            finally:
                inserter.cancel()
        return Answer(
            written_rows=result.rows_written,
            written_bytes=result.bytes_written,
            elapsed_s=time.monotonic() - started,
        )

    def _handle(self, statement: Statement) -> Any:
        one_time = any(name in _ONE_TIME for name, _ in statement.settings)
        return self._pool.lend((statement.database, statement.settings), keep=not one_time)

    def _open(self, key: Key) -> Any:
        database, settings = key
        handle = self._connect()
        try:
            with _translated():
                handle.query(f"USE `{_escaped(database, '`')}`")
                for name, value in settings:
                    handle.query(f"SET {name} = '{_escaped(value, chr(39))}'")
        except EngineError:
            handle.close()
            raise
        return handle

    def _connect(self) -> Any:
        import chdb

        with _translated():
            return chdb.connect(self._address)


class HandlePool:
    """Lends handles by key, at most `limit` open at a time."""

    def __init__(self, open_handle: Any, *, limit: int, wait_s: float) -> None:
        self._open_handle = open_handle
        self._limit = limit
        self._wait_s = wait_s
        self._changed = threading.Condition()
        self._idle: OrderedDict[int, tuple[Key, Any]] = OrderedDict()
        """By identity, least recently used first."""
        self._n_open = 0

    @property
    def n_open(self) -> int:
        """Handles open now, lent or idle."""
        return self._n_open

    @contextmanager
    def lend(self, key: Key, *, keep: bool = True) -> Iterator[Any]:
        """A handle for `key`, nobody else's until the block ends; closed afterwards unless it is to be kept.

        Raises
        ------
        EngineError : code 202 when none comes free in time; whatever opening one raises.
        """
        handle = self._take(key)
        try:
            yield handle
        finally:
            self._give_back(key, handle, keep=keep)

    def close(self) -> None:
        """Close the idle handles and let no other be kept."""
        with self._changed:
            self._limit = 0
            idle = [handle for _, handle in self._idle.values()]
            self._idle.clear()
            self._n_open -= len(idle)
        for handle in idle:
            handle.close()

    def _take(self, key: Key) -> Any:
        deadline = time.monotonic() + self._wait_s
        with self._changed:
            while True:
                if (found := self._find(key)) is not None:
                    return found
                if self._n_open < self._limit:
                    self._n_open += 1
                    break
                if self._idle:
                    _, (_, stale) = self._idle.popitem(last=False)
                    stale.close()
                    break
                if not self._changed.wait(deadline - time.monotonic()):
                    raise EngineError(_too_many(self._limit), TOO_MANY_QUERIES)
        try:
            return self._open_handle(key)
        except BaseException:
            with self._changed:
                self._n_open -= 1
                self._changed.notify()
            raise

    def _find(self, key: Key) -> Any:
        """The most recently used idle handle of this key, taken out."""
        for identity in reversed(self._idle):
            if self._idle[identity][0] == key:
                return self._idle.pop(identity)[1]
        return None

    def _give_back(self, key: Key, handle: Any, *, keep: bool) -> None:
        with self._changed:
            keep = keep and self._limit > 0
            if keep:
                self._idle[id(handle)] = (key, handle)
            else:
                self._n_open -= 1
            self._changed.notify()
        if not keep:
            handle.close()


def forget_insert_tokens(data: Path) -> None:
    """Remove the tables' memory of insert_deduplication_tokens, after a death and before the engine opens.

    The engine writes a token down before the rows it stands for are in place. Killed between the two it would, after
    its restart, take the next delivery of those rows for a repetition and drop it (tried: it does). Forgetting lets a
    batch in twice at worst, which the tables' keys make good.
    """
    for pattern in ("store/*/*/deduplication_logs", "data/*/*/deduplication_logs"):
        for folder in (data / _STORE).glob(pattern):
            shutil.rmtree(folder)


def _address(data: Path, memory_bytes: int) -> str:
    """chDB's connection string; what it cannot say stands in a configuration file inside the data directory."""
    if "?" in str(data):
        raise ValueError(f"{data}: a data directory's name may not hold a question mark")
    config = data / "touchline.xml"
    config.write_text(_CONFIG.format(memory_bytes=memory_bytes, free_entries=_FREE_ENTRIES), encoding="utf-8")
    store = data / _STORE
    store.mkdir(exist_ok=True)
    return f"{store.resolve()}?config-file={config.resolve()}&max_server_memory_usage={memory_bytes}"


_CONFIG = """\
<!-- Written at every start. -->
<clickhouse>
    <merge_tree>
        <!-- An insert is acknowledged once it would survive a power cut; costs 30 % of the rate (measured). -->
        <fsync_after_insert>1</fsync_after_insert>
        <fsync_part_directory>1</fsync_part_directory>
        <!-- The defaults want more free places than the pool below has; merges would stay small for ever. -->
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
def _translated() -> Iterator[None]:
    """chDB's exceptions as ours, with ClickHouse's code out of the text."""
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
    found = _CODE.search(message)
    return EngineError(message[found.start() :], int(found[1])) if found else EngineError(message, 1002)


def _escaped(text: str, quote: str) -> str:
    return text.replace("\\", "\\\\").replace(quote, "\\" + quote)


def _too_many(limit: int) -> str:
    return f"Code: {TOO_MANY_QUERIES}. DB::Exception: all {limit} handles are busy (TOO_MANY_SIMULTANEOUS_QUERIES)"
