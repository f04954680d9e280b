"""Postgres behind one lazy pool per process: survives the server's restart, and repeats transactions that lost a race.

psycopg costs more to import than functions-framework itself may spend on a cold start, so it is imported on first use.
"""

from __future__ import annotations

import json
import os
import random
import select
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from shared import lazy, rfc3339
from shared.adapters import tcp_probe
from shared.errors import Contended, InvalidSettings, Overloaded, Unavailable

if TYPE_CHECKING:
    import psycopg
    import psycopg_pool
    from psycopg import errors as pg

    from shared.adapters.postgres import fast_read

    Connection = psycopg.Connection[Any]
    Pool = psycopg_pool.ConnectionPool[fast_read.Connection]
    Params = Sequence[Any] | Mapping[str, Any]
else:
    psycopg, psycopg_pool = lazy.Module("psycopg"), lazy.Module("psycopg_pool")
    pg = lazy.Module("psycopg.errors")
    fast_read = lazy.Module("shared.adapters.postgres.fast_read")

T = TypeVar("T")

MAX_CONNECTIONS = 8
ACQUIRE_TIMEOUT_S = 3.0
PROBE_TIMEOUT_S = 1.0
STATEMENT_TIMEOUT_S = 30
TRANSACTION_TRIES = 6
KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}
"""libpq's own settings, unless the URL names them: a connection to a host that vanished ends after half a minute."""


class Postgres:
    """A database at a URL. Shared by all threads; connects on first use."""

    def __init__(
        self,
        url: str,
        *,
        max_connections: int | None = None,
        acquire_timeout_s: float = ACQUIRE_TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Store the parameters.

        Parameters
        ----------
        url : ``postgresql://user:password@host:port/db``; ``?max_connections=N`` bounds the pool, the rest is libpq's.
        max_connections : the bound when the URL names none (default `MAX_CONNECTIONS`).
        acquire_timeout_s : how long a caller waits for a free connection before `Overloaded`.
        sleep : waits between tries of a transaction.
        """
        self._conninfo, named = split_pool_size(url)
        self._max_connections = named or max_connections or MAX_CONNECTIONS
        self._acquire_timeout_s = acquire_timeout_s
        self._sleep = sleep
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._pid = 0
        self._n_failures = 0
        self._connected = not tcp_probe.names_one_host(self._conninfo)

    @contextmanager
    def connection(self, *, timeout_s: float | None = None) -> Iterator[Connection]:
        """Lend a connection in autocommit mode; each statement is a transaction of its own.

        Raises
        ------
        Overloaded : every connection stayed busy until the timeout.
        Unavailable : the server cannot be reached, or went away meanwhile.
        """
        pool = self._open()
        connection = self._acquire(pool, self._acquire_timeout_s if timeout_s is None else timeout_s)
        try:
            with map_errors():
                yield connection
        finally:
            pool.putconn(connection)

    def read(self, kind: type[T], query: str, params: Mapping[str, Any]) -> list[T]:
        """Return the rows of a short read that runs very often, as `fetch_all` does.

        The connection is not checked first: a read that fails on a dead one runs once more, on a checked connection.

        Parameters
        ----------
        kind, query, params : as `fast_read.Connection.read`.

        Raises
        ------
        Overloaded, Unavailable : as `connection`.
        """
        pool, checked = self._open(), False
        while True:
            connection = self._acquire(pool, self._acquire_timeout_s, check=checked)
            try:
                return connection.read(kind, query, params)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                if checked or not connection.closed:
                    with map_errors():
                        raise
                checked = True
            finally:
                pool.putconn(connection)

    def transaction(self, work: Callable[[Connection], T], *, isolation: str = "") -> T:
        """Run `work` in one transaction, again from the start when it lost a race with another (40001, 40P01).

        Parameters
        ----------
        work : called with the connection, possibly several times; only its last run has an effect in the database.
        isolation : such as ``repeatable read``; empty is the server's default.

        Raises
        ------
        Contended : it lost `TRANSACTION_TRIES` races in a row.
        Unavailable : the server went away; whether the transaction was committed is then unknown.
        """

        def begin(connection: Connection) -> T:
            with connection.transaction():
                if isolation:
                    connection.execute(_isolation_statement(isolation))
                return work(connection)

        return self.statement(begin)

    def statement(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which is one statement, as a transaction of its own: one round trip where `transaction` has three.

        Races and errors are as with `transaction`.
        """
        for n_lost in range(TRANSACTION_TRIES):
            try:
                with self.connection() as connection:
                    return work(connection)
            except (pg.SerializationFailure, pg.DeadlockDetected):
                # Full jitter: losers of one race must not meet again.
                self._sleep(random.uniform(0, 0.005 * 2**n_lost))
        raise Contended(f"a transaction lost {TRANSACTION_TRIES} races in a row; send the request again")

    def probe(self) -> None:
        """Return when the server answers, raise `Unavailable` or `Overloaded` otherwise.

        The first time a TCP connection is enough, since importing psycopg would cost a cold start its budget; from the
        second time on the server must log this pool in and answer a statement. So a function that starts together with
        its database is ready a moment early.
        """
        if not self._connected and self._pool is None:
            tcp_probe.connect(self._conninfo, default_port=5432, timeout_s=PROBE_TIMEOUT_S)
            self._connected = True
            return
        with self.connection(timeout_s=PROBE_TIMEOUT_S) as connection:
            connection.execute("")

    def close(self) -> None:
        """Close every connection; a later use opens new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None and self._pid == os.getpid():
            pool.close()

    def _open(self) -> Pool:
        # After a fork (Celery) the parent's pool has no threads and its sockets are not ours.
        if self._pool is not None and self._pid == os.getpid():
            return self._pool
        with self._lock:
            if self._pool is None or self._pid != os.getpid():
                keepalives = {name: value for name, value in KEEPALIVES.items() if f"{name}=" not in self._conninfo}
                pool = psycopg_pool.ConnectionPool(
                    self._conninfo,
                    connection_class=fast_read.Connection,
                    kwargs={"autocommit": True, "connect_timeout": 3, "application_name": "touchline", **keepalives},
                    configure=self._configure,
                    min_size=0,
                    max_size=self._max_connections,
                    # Short, so that after a long outage the next caller starts a fresh attempt at once.
                    reconnect_timeout=self._acquire_timeout_s,
                    num_workers=2,
                    open=False,
                )
                pool.open()
                self._pool, self._pid, self._n_failures = pool, os.getpid(), 0
            return self._pool

    def _configure(self, connection: Connection) -> None:
        # One round trip. Times come back as UTC wherever the server stands; no statement holds a thread for ever.
        connection.execute(f"SET timezone TO 'UTC'; SET statement_timeout TO '{STATEMENT_TIMEOUT_S}s'".encode())
        if self._pool is not None:
            self._n_failures = _n_failures(self._pool)

    def _acquire(self, pool: Pool, timeout_s: float, *, check: bool = True) -> fast_read.Connection:
        """Take a connection whose server still answers; checked only if something arrived since its last response.

        Not the pool's own `check`: it waits seconds between dead connections, and a restarted server leaves several.
        Without `check` it may be dead.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            try:
                connection = pool.getconn(timeout=deadline_s - time.monotonic())
            except psycopg_pool.PoolTimeout as exc:
                if _n_failures(pool) > self._n_failures:
                    raise Unavailable("the database does not answer") from exc
                raise Overloaded("every database connection is busy") from exc
            try:
                if check and not _is_quiet(connection):
                    connection.execute("")
            except psycopg.OperationalError as exc:
                connection.close()
                pool.putconn(connection)
                if time.monotonic() >= deadline_s:
                    raise Unavailable("the database does not answer") from exc
            else:
                return connection


@contextmanager
def map_errors() -> Iterator[None]:
    """Turn psycopg's errors of connections into ours; a statement's own error (syntax, constraint) passes unchanged."""
    try:
        yield
    except (pg.SerializationFailure, pg.DeadlockDetected):
        raise  # `Postgres.transaction` tries again
    except (pg.TooManyConnections, pg.LockNotAvailable) as exc:
        raise Overloaded("the database is busy") from exc
    except (psycopg.OperationalError, psycopg.InterfaceError) as exc:
        raise Unavailable("the database went away") from exc


def to_rows(rows: Collection[Any]) -> list[dict[str, Any]]:
    """Return flat dataclasses as dicts; `dataclasses.asdict` would copy every value deeply, at five times the cost."""
    names = {kind: [field.name for field in fields(kind)] for kind in {type(row) for row in rows}}
    return [{name: getattr(row, name) for name in names[type(row)]} for row in rows]


def to_jsonb(value: Any) -> str:
    """Encode a value for a ``jsonb`` parameter; NUL, which Postgres cannot hold, becomes the replacement character."""
    return json.dumps(value, default=rfc3339.encode_json_default).replace("\\u0000", "\\ufffd")


def split_pool_size(url: str) -> tuple[str, int]:
    """Split our own ``max_connections`` (0 when absent) from the URL that libpq takes."""
    parts = urlsplit(url)
    options = parse_qsl(parts.query, keep_blank_values=True)
    named = [value for name, value in options if name == "max_connections"]
    if not named:
        return url, 0
    if not named[-1].isdigit() or int(named[-1]) < 1:
        raise InvalidSettings("DATABASE_URL: max_connections must be 1 or more")
    rest = urlencode([(name, value) for name, value in options if name != "max_connections"])
    return urlunsplit(parts._replace(query=rest)), int(named[-1])


def _n_failures(pool: Pool) -> int:
    """Count the pool's failures to connect; more than at its last success: the server is away, not busy."""
    return pool.get_stats().get("connections_errors", 0)


def _isolation_statement(level: str) -> bytes:
    if level not in ("read committed", "repeatable read", "serializable"):
        raise ValueError(f"no isolation level {level!r}")
    return f"SET TRANSACTION ISOLATION LEVEL {level}".encode()


def _is_quiet(connection: Connection) -> bool:
    """Whether nothing arrived since the last response; a server's end would have arrived, and a query costs more."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
