"""Applies migrations to ClickHouse over HTTP, statement by statement, on one server or on every node of a cluster."""

from __future__ import annotations

import http.client
import re
from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from shared.adapters.http.keep_alive import KeepAliveClient
from shared.errors import InvalidInput, Unavailable
from shared.migrate.files import Migration, MigrationFailed, find_missing
from shared.migrate.postgres import migration_lock
from shared.schema.clickhouse_cluster import TOKEN, Cluster, replicated, spread

if TYPE_CHECKING:
    from shared.migrate.postgres import Connection

_TIMEOUT_S = 60.0
_UNKNOWN_TABLE, _UNKNOWN_DATABASE = 60, 81


class StatementRefused(Exception):
    """ClickHouse answered a statement with an exception."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class ClickHouseSchema:
    """As much of ClickHouse's HTTP interface as a migration needs, without importing its client on the start path."""

    def __init__(self, url: str, cluster: str) -> None:
        """Remember the address; an empty `cluster` is one server."""
        parts = urlsplit(url)
        self.database = unquote(parts.path.strip("/")) or "default"
        self._cluster = Cluster(cluster, self.database) if cluster else None
        self._http = KeepAliveClient(parts, timeout_s=_TIMEOUT_S)
        login = f"{unquote(parts.username or 'default')}:{unquote(parts.password or '')}"
        self._headers = {"Authorization": f"Basic {b64encode(login.encode()).decode()}"}

    def execute(self, statement: str, *, database: str | None = None) -> str:
        """Run a statement and return the body of the response; `StatementRefused` or `Unavailable` otherwise."""
        path = f"/?database={quote(database or self.database, safe='')}"
        try:
            reply = self._http.request("POST", path, self._headers, statement.encode())
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable("ClickHouse does not answer") from exc
        body = reply.body.decode(errors="replace")
        if reply.status != 200:
            code = re.match(r"Code: (\d+)", body)
            raise StatementRefused(int(code[1]) if code else 0, body.strip()[:2000])
        return body

    def read_applied(self) -> dict[str, str]:
        """Return sha256 by name of the applied files."""
        try:
            rows = self.execute("SELECT name, sha256 FROM schema_migrations FORMAT TabSeparated")
        except StatementRefused as exc:
            if exc.code in (_UNKNOWN_TABLE, _UNKNOWN_DATABASE):
                return {}
            raise
        return dict(line.split("\t") for line in rows.splitlines() if line)

    def prepare(self) -> None:
        """Create the database and the table of applied files, on every node of a cluster."""
        everywhere = f" {self._cluster.everywhere}" if self._cluster else ""
        # Every node is a replica of all records, whichever shard it is of.
        engine = replicated("MergeTree", path="{database}/{table}") if self._cluster else "MergeTree"
        if self.database != "default":
            self.execute(f"CREATE DATABASE IF NOT EXISTS `{self.database}`{everywhere}", database="default")
        self.execute(
            f"CREATE TABLE IF NOT EXISTS schema_migrations{everywhere} "
            "(name String, sha256 String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')) "
            f"ENGINE = {engine} ORDER BY name"
        )

    def apply_file(self, file: Migration) -> None:
        """Run the statements of a file, on a cluster what each becomes there, and remember that it was applied."""
        for statement in split_statements(file.text):
            for each in spread(statement, self._cluster) if self._cluster else [statement]:
                self.execute(each)
        # INSERT SELECT, as names and digests need no escaping.
        self.execute(f"INSERT INTO schema_migrations (name, sha256) SELECT '{file.name}', '{file.sha256}'")

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def apply(connection: Connection, schema: ClickHouseSchema, files: Sequence[Migration]) -> tuple[str, ...]:
    """Apply what is missing, under the lock of Postgres, as ClickHouse has none; the names of the applied files."""
    name = "the table of applied migrations"
    try:
        if not find_missing(schema.read_applied(), files):
            return ()
        with migration_lock(connection):
            schema.prepare()
            missing = find_missing(schema.read_applied(), files)
            for file in missing:
                name = file.name
                schema.apply_file(file)
            return tuple(file.name for file in missing)
    except (StatementRefused, InvalidInput) as exc:
        raise MigrationFailed(f"{name}: {exc}") from exc
    finally:
        schema.close()


def split_statements(text: str) -> list[str]:
    """Split a file at the semicolons that stand outside quotes and comments."""
    parts, start = [], 0
    for token in TOKEN.finditer(text):
        if token[0] == ";":
            parts.append(text[start : token.start()])
            start = token.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if _has_code(part)]


def _has_code(text: str) -> bool:
    return bool(TOKEN.sub(lambda token: "" if token[0].startswith(("--", "/*")) else "x", text).strip())
