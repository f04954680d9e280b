"""A throw-away olap process for tests: one per run, a migrated database with nothing in it per test."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.clickhouse.client import ClickHouse
from shared.migrate.clickhouse import split_statements
from shared.migrate.files import SQL, read_migrations
from shared.testing.valkey_process import free_port
from tests.support.temporary_folders import end_with_this_process, make_folder

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "kept-by-tests"
_numbers = itertools.count()


class Olap:
    """One olap process that can be killed and started again on the same data and port."""

    def __init__(self, *options: str) -> None:
        self.folder = make_folder("olap")
        self.port = free_port()
        self.schema: dict[str, str] = {}
        """What makes each of our tables and views in an empty database; known once a database was migrated."""
        self.spare = ""
        """The URL of a database that nobody uses and that is as a fresh one."""
        self._options = options
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "default") -> str:
        """The address of one of its databases."""
        return f"http://touchline:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def command(self) -> list[str]:
        """How it is started."""
        place = ["--data", str(self.folder / "data"), "--port", str(self.port)]
        return [
            sys.executable,
            "-m",
            "k8s.local.engines.clickhouse",
            *place,
            "--memory-bytes",
            "2000000000",
            *self._options,
        ]

    def start(self) -> None:
        """Return once statements work."""
        env = {**os.environ, "CLICKHOUSE_USER": "touchline", "CLICKHOUSE_PASSWORD": PASSWORD}
        with (self.folder / "stderr").open("ab") as stderr:
            self._process = subprocess.Popen(
                self.command(),
                cwd=ROOT,
                env=env,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                preexec_fn=end_with_this_process(signal.SIGKILL),
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (self.folder / "stderr").read_text()
        self.port = int(json.loads(line)["url"].rpartition(":")[2])

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End it; its exit status."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(how)
        status = process.wait(20)
        assert process.stdout is not None
        process.stdout.close()
        return status

    def remove(self) -> None:
        """End it and delete its files."""
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def new_olap(*options: str) -> Olap:
    """A process not yet started, or a skip where the engine is not installed."""
    pytest.importorskip("chdb", reason="chdb-core is not installed")
    return Olap(*options)


def migrated(olap: Olap) -> str:
    """The URL of a fresh database with our tables.

    The migrations are applied once to each process; every further database is given what came of them, statement by
    statement, which takes no longer when there are more migrations.
    """
    url = olap.url(f"test_{next(_numbers)}")
    warehouse = ClickHouse(url)
    warehouse.ensure_database()
    if not olap.schema:
        _migrate(warehouse)
        olap.schema = _schema(warehouse)
    else:
        for statement in olap.schema.values():
            warehouse.command(statement)
    warehouse.close()
    return url


def _migrate(warehouse: ClickHouse) -> None:
    for migration in read_migrations(SQL / "clickhouse"):
        for statement in split_statements(migration.text):
            warehouse.command(statement)


def _schema(warehouse: ClickHouse) -> dict[str, str]:
    """What makes the same tables and views in another database; views may read views made before them."""
    ddl = warehouse.query(
        "SELECT name, create_table_query AS made FROM system.tables WHERE database = currentDatabase() "
        "ORDER BY engine = 'View', metadata_modification_time, startsWith(name, 'current_') DESC, name"
    )
    return {row["name"]: row["made"].replace(f"{warehouse.database}.", "") for row in ddl}


def emptied(olap: Olap, warehouse: ClickHouse) -> bool:
    """Make a database as a fresh one again, much sooner than one is made; False where its tables were changed."""
    if _schema(warehouse) != olap.schema:
        return False
    tables = warehouse.query(
        "SELECT name, data_paths FROM system.tables WHERE database = currentDatabase() AND engine != 'View'"
    )
    for name in (row["name"] for row in tables if any(map(_is_written_to, map(Path, row["data_paths"])))):
        # Not TRUNCATE: a table remembers the tokens of what was inserted.
        warehouse.command(f"DROP TABLE {name}")
        warehouse.command(olap.schema[name])
    return True


def _is_written_to(folder: Path) -> bool:
    """Whether a table has, or remembers, more than when it was made."""
    if {each.name for each in folder.iterdir()} - {"format_version.txt", "detached", "deduplication_logs"}:
        return True
    # A table that is told to remember no block has no such folder.
    return any(each.stat().st_size for each in folder.glob("deduplication_logs/*"))


@pytest.fixture(scope="session")
def olap() -> Iterator[Olap]:
    """The run's process."""
    process = new_olap()
    process.start()
    yield process
    process.remove()


@pytest.fixture
def clickhouse_url(olap: Olap) -> Iterator[str]:
    """A migrated database with nothing in it."""
    url, olap.spare = olap.spare or migrated(olap), ""
    yield url
    warehouse = ClickHouse(url)
    if emptied(olap, warehouse):
        olap.spare = url
    else:
        warehouse.command(f"DROP DATABASE IF EXISTS {warehouse.database}")
    warehouse.close()
