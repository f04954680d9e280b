"""ClickHouse behind a URL: a server, a cluster or the laptop's olap process; nothing here can tell them apart.

clickhouse-connect costs more to import than a function's whole cold start may, so it is imported with the first
statement; readiness asks over plain HTTP.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import unquote, urlsplit

from shared import lazy
from shared.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    import clickhouse_connect
    import pyarrow as pa
    from clickhouse_connect.driver.client import Client
else:
    clickhouse_connect = lazy.Module("clickhouse_connect")

Tuple = TypeVar("Tuple", bound=NamedTuple)

PROBE_TIMEOUT_S = 2.0
CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 60

_TEMPORARY = frozenset(
    {
        3,  # UNEXPECTED_END_OF_FILE, as a server that is going down answers
        159,  # TIMEOUT_EXCEEDED
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        236,  # ABORTED
        241,  # MEMORY_LIMIT_EXCEEDED
        242,  # TABLE_IS_READ_ONLY, while a replica has lost its keeper
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        279,  # ALL_CONNECTION_TRIES_FAILED
        285,  # TOO_FEW_LIVE_REPLICAS
        319,  # UNKNOWN_STATUS_OF_INSERT
        394,  # QUERY_WAS_CANCELLED
        999,  # KEEPER_EXCEPTION
    }
)
"""ClickHouse's codes for trouble that passes."""

_BAD_DATA = frozenset({6, 26, 27, 32, 33, 38, 41, 53, 69, 70, 72, 117, 131, 321, 349, 407, 457, 467})
"""ClickHouse's codes for values that do not parse, do not fit their column or are null where none may be."""


class ClickHouse:
    """A database at a URL. Shared by all threads; connects on first use."""

    def __init__(self, url: str) -> None:
        """Remember the address: ``http://user:password@host:port/database``, or ``https://``."""
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (8443 if self._secure else 8123)
        self._user = unquote(parts.username or "default")
        self._password = unquote(parts.password or "")
        self.database = unquote(parts.path.strip("/")) or "default"
        self._local = threading.local()

    def insert(self, table: str, arrow_table: pa.Table, *, token: str) -> None:
        """Store a table's rows; the same token again within the server's memory stores nothing.

        Raises
        ------
        InvalidInput : the rows do not fit the table.
        Unavailable : the server does not answer, is overloaded or out of memory; the rows may be stored.
        """
        import pyarrow as pa

        # ArrowStream needs no second pass for a footer, and over a network zstd pays for itself.
        buffer = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_stream(buffer, arrow_table.schema, options=options) as writer:
            writer.write_table(arrow_table)
        self.insert_stream(table, arrow_table.column_names, buffer.getvalue().to_pybytes(), token=token)

    def insert_stream(self, table: str, columns: Sequence[str], encoded: bytes, *, token: str) -> None:
        """Store rows that are an Arrow IPC stream already, which saves encoding them again; otherwise as `insert`."""
        with self._map_errors():
            self._client().raw_insert(table, columns, encoded, {"insert_deduplication_token": token}, "ArrowStream")

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows as dicts; the server binds ``{name:Type}`` in the text. Times are aware, in UTC.

        Raises
        ------
        InvalidInput : a parameter does not fit its type.
        Unavailable : the server does not answer, is overloaded or out of memory.
        """
        with self._map_errors():
            result = self._client().query(sql, parameters=_checked_parameters(parameters))
            return list(result.named_results())

    def query_tuples(self, sql: str, parameters: Mapping[str, Any], kind: type[Tuple]) -> list[Tuple]:
        """Return the rows as named tuples, in a fraction of the time that dicts take; otherwise as `query`.

        Parameters
        ----------
        kind : a `NamedTuple`; its fields are the statement's columns in their order.
        """
        with self._map_errors():
            result = self._client().query(sql, parameters=_checked_parameters(parameters))
            if result.result_rows and result.column_names != kind._fields:  # no rows come without names
                raise ValueError(f"{kind.__name__} is not made of {', '.join(result.column_names)}")
            return [kind._make(row) for row in result.result_rows]

    def query_arrow(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Return the rows as an Arrow table; errors as `query`."""
        with self._map_errors():
            return self._client().query_arrow(sql, parameters=_checked_parameters(parameters))

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """Run a statement and return its single value, if any; errors as `query`."""
        with self._map_errors():
            return self._client().command(sql, parameters=_checked_parameters(parameters))

    def ensure_database(self) -> None:
        """Create the URL's database unless it exists."""
        name = self.database.replace("\\", "\\\\").replace("`", "\\`")
        with self._map_errors():
            client = self._connect("default")
            try:
                client.command(f"CREATE DATABASE IF NOT EXISTS `{name}`")
            finally:
                client.close()

    def probe(self) -> None:
        """Return when the server answers, raise `Unavailable` otherwise; needs no client and no login."""
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=PROBE_TIMEOUT_S)
        try:
            connection.request("GET", "/ping")
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable("ClickHouse does not answer") from exc
        finally:
            connection.close()
        if status != 200:
            raise Unavailable(f"ClickHouse answers {status}")

    def close(self) -> None:
        """Close this thread's client."""
        client = self._local.__dict__.pop("client", None)
        if client is not None:
            client.close()

    def _client(self) -> Client:
        """Return this thread's client: one is not safe for several threads, and a new one costs a few statements."""
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = self._connect(self.database)
        return client

    def _connect(self, database: str) -> Client:
        return clickhouse_connect.get_client(
            host=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            database=database,
            secure=self._secure,
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=STATEMENT_TIMEOUT_S,
            autogenerate_session_id=False,  # a session would make statements of one client wait for each other
            tz_mode="aware",
        )

    @contextmanager
    def _map_errors(self) -> Iterator[None]:
        """Turn clickhouse-connect's errors into ours; those that are bugs of ours pass unchanged."""
        # By attribute: it waits for a thread that is importing the package; importing the submodule would not.
        ch = clickhouse_connect.driver.exceptions
        try:
            yield
        except ch.DatabaseError as exc:
            if exc.code in _BAD_DATA:
                raise InvalidInput(f"ClickHouse refuses the values: {_message(exc)}") from exc
            if exc.code in _TEMPORARY:
                raise Unavailable(f"ClickHouse cannot now: {_message(exc)}") from exc
            # Without a code it was not ClickHouse that answered but the network, or something before it.
            if not exc.code:
                raise Unavailable("ClickHouse does not answer") from exc
            raise


def _checked_parameters(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Refuse integers beyond 64 bits: a server reads 2**64 + 1 as the Int64 1 and answers about another record."""
    for name, value in (parameters or {}).items():
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise InvalidInput(f"{name} does not fit 64 bits")
    return dict(parameters or {})


def _message(exc: Exception) -> str:
    """Return ClickHouse's own sentence, without the wrapping and the address."""
    text = str(exc)
    start = text.find("DB::Exception: ")
    return text[start + 15 if start >= 0 else 0 :].partition(" (for url")[0][:300]
