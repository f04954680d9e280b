"""Applies migrations to Postgres, each file in one transaction, one migration process at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres.database import split_pool_size
from shared.errors import Unavailable
from shared.migrate.files import Migration, MigrationFailed, find_missing

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_LOCK = 7_266_102_011
"""The key of our advisory lock; any constant does as long as it never changes."""


def connect(url: str) -> Connection:
    """Open a connection in autocommit mode; `Unavailable` when the server does not answer."""
    import psycopg

    conninfo, _ = split_pool_size(url)
    try:
        return psycopg.connect(conninfo, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as exc:
        # libpq's words name host, user and database, never the password.
        raise Unavailable(f"the database does not answer: {exc}") from exc


@contextmanager
def migration_lock(connection: Connection) -> Iterator[None]:
    """Hold the lock of migrations, of ClickHouse's too; it ends with its connection."""
    connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def apply(connection: Connection, files: Sequence[Migration]) -> tuple[str, ...]:
    """Apply what is missing; the names of the applied files."""
    # Nothing to do is the usual case and must not wait for anyone.
    is_complete = not find_missing(_read_applied(connection), files)
    with nullcontext() if is_complete else migration_lock(connection):
        missing = [] if is_complete else find_missing(_read_applied(connection), files)
        if missing:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_migrations ("
                "name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
            )
        for file in missing:
            _apply_file(connection, file)
    return tuple(file.name for file in missing)


def _read_applied(connection: Connection) -> dict[str, str]:
    from psycopg import errors as pg

    try:
        return dict(connection.execute("SELECT name, sha256 FROM schema_migrations").fetchall())
    except pg.UndefinedTable:
        return {}


def _apply_file(connection: Connection, file: Migration) -> None:
    import psycopg

    try:
        with connection.transaction():
            connection.execute(file.text.encode())
            connection.execute("INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)", (file.name, file.sha256))
    except psycopg.OperationalError:
        raise
    except psycopg.Error as exc:
        raise MigrationFailed(f"{file.name}: {exc}") from exc
