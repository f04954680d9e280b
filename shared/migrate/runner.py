"""Bring the stores to the shape the code expects: Postgres, ClickHouse, and the first operator.

``python -m shared.migrate`` runs before the functions start, on a laptop as on a cluster; several may run at once.
A migration adds before a deploy and removes after it, so old and new code meet every state. Postgres files are applied
whole or not at all. ClickHouse has no transactions: its files are applied statement by statement and again from the
start after a crash, so each of their statements says ``IF NOT EXISTS`` or is otherwise safe to repeat.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from shared.adapters.postgres.database import split_pool_size, translated
from shared.errors import Conflict, InvalidInput, InvalidSettings, TouchlineError, Unavailable
from shared.schema.clickhouse_cluster import PIECE, Cluster, replicated, spread
from shared.settings.accounts import PasswordSettings
from shared.settings.loading import load_settings
from shared.settings.operators import OperatorSettings
from shared.settings.stores import ClickHouseSettings, PostgresSettings

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

SQL = Path(__file__).parents[1] / "schema"
_FILE = re.compile(r"^([0-9]{4})_[a-z0-9_]+\.sql$")
_LOCK = 7_266_102_011
"""Ours among the database's advisory locks; any constant does as long as it never changes."""
_UNKNOWN_TABLE, _UNKNOWN_DATABASE = 60, 81


class MigrationFailed(TouchlineError):
    """A migration was refused by its store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a migration reads from the environment."""

    postgres: PostgresSettings
    clickhouse: ClickHouseSettings
    operator: OperatorSettings
    passwords: PasswordSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file to apply."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Of the text, so that line endings of a checkout do not count."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run did."""

    postgres: tuple[str, ...]
    clickhouse: tuple[str, ...]
    operator: str
    """Username of the operator that was made; empty when none was."""
    elapsed_ms: float


def run(env: Mapping[str, str], *, sql: Path = SQL) -> Report:
    """Apply what is missing.

    Parameters
    ----------
    env : DATABASE_URL is needed; CLICKHOUSE_URL, with CLICKHOUSE_CLUSTER where it is a cluster's, and
        FIRST_OPERATOR_USERNAME with FIRST_OPERATOR_PASSWORD may be given.
    sql : folder with ``postgres/`` and ``clickhouse/``, each holding files named ``0001_what.sql``.

    Raises
    ------
    InvalidSettings : the environment is incomplete, or the first operator's name or password breaks the rules.
    Conflict : an applied file was changed since, two files share a number, or the operator's name is a plain user's.
    MigrationFailed : a statement was refused.
    Unavailable : a store does not answer.
    """
    started_s = time.monotonic()
    settings = load_settings(Settings, env, need=("DATABASE_URL",))
    _check_operator(settings.operator)
    postgres, clickhouse = migrations(sql / "postgres"), migrations(sql / "clickhouse")
    with _connect(settings.postgres.url) as connection, translated():
        with _locked_when_needed(connection, postgres):
            applied = _apply_postgres(connection, postgres)
        applied_clickhouse: tuple[str, ...] = ()
        if settings.clickhouse.url:
            store = _ClickHouse(settings.clickhouse.url, settings.clickhouse.cluster)
            applied_clickhouse = _apply_clickhouse(connection, store, clickhouse)
        operator = _first_operator(connection, settings.operator, settings.passwords.bcrypt_cost)
    return Report(
        postgres=applied,
        clickhouse=applied_clickhouse,
        operator=operator,
        elapsed_ms=(time.monotonic() - started_s) * 1000,
    )


def migrations(folder: Path) -> tuple[Migration, ...]:
    """The files of a folder in their order; `Conflict` when two share a number or a name has none."""
    found: dict[str, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        numbered = _FILE.match(path.name)
        if numbered is None:
            raise Conflict(f"{path.name}: a migration is named 0001_what.sql")
        if numbered[1] in found:
            raise Conflict(f"{path.name} and {found[numbered[1]].name} share a number")
        found[numbered[1]] = Migration(name=path.name, text=path.read_text("utf-8"))
    return tuple(found.values())


def missing(known: Mapping[str, str], wanted: Sequence[Migration]) -> list[Migration]:
    """Those not yet recorded; `Conflict` when a recorded one has another text now.

    Parameters
    ----------
    known : sha256 by name, as recorded by the store. Names we have no file for belong to a newer release.
    wanted : the files at hand.
    """
    changed = [file.name for file in wanted if known.get(file.name, file.sha256) != file.sha256]
    if changed:
        raise Conflict(f"changed after they were applied: {', '.join(changed)}; write a new migration instead")
    return [file for file in wanted if file.name not in known]


def statements(text: str) -> list[str]:
    """The statements of a ClickHouse file: split at semicolons that stand outside quotes and comments."""
    parts, start = [], 0
    for piece in PIECE.finditer(text):
        if piece[0] == ";":
            parts.append(text[start : piece.start()])
            start = piece.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if _says_something(part)]


def _says_something(text: str) -> bool:
    return bool(PIECE.sub(lambda piece: "" if piece[0].startswith(("--", "/*")) else "x", text).strip())


# Postgres


def _connect(url: str) -> Connection:
    import psycopg

    conninfo, _ = split_pool_size(url)
    try:
        return psycopg.connect(conninfo, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as exc:
        # libpq's words name host, user and database, never the password.
        raise Unavailable(f"the database does not answer: {exc}") from exc


def _known_postgres(connection: Connection) -> dict[str, str]:
    from psycopg import errors as pg

    try:
        return dict(connection.execute("SELECT name, sha256 FROM schema_migrations").fetchall())
    except pg.UndefinedTable:
        return {}


@contextmanager
def _locked(connection: Connection) -> Iterator[None]:
    """One migration at a time; the lock dies with its connection."""
    connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


@contextmanager
def _locked_when_needed(connection: Connection, files: Sequence[Migration]) -> Iterator[None]:
    """Nothing to do is the usual case and must not wait for anyone."""
    if not missing(_known_postgres(connection), files):
        yield
        return
    with _locked(connection):
        yield


def _apply_postgres(connection: Connection, files: Sequence[Migration]) -> tuple[str, ...]:
    import psycopg

    todo = missing(_known_postgres(connection), files)
    if todo:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations ("
            "name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
    for file in todo:
        try:
            with connection.transaction():
                connection.execute(file.text.encode())
                connection.execute(
                    "INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)", (file.name, file.sha256)
                )
        except psycopg.OperationalError:
            raise
        except psycopg.Error as exc:
            raise MigrationFailed(f"{file.name}: {exc}") from exc
    return tuple(file.name for file in todo)


# ClickHouse


class _Refused(Exception):
    """ClickHouse answered with an exception."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class _ClickHouse:
    """As much of ClickHouse's HTTP interface as a migration needs, without importing its client on the start path."""

    def __init__(self, url: str, cluster: str) -> None:
        parts = urlsplit(url)
        self.database = unquote(parts.path.strip("/")) or "default"
        self._cluster = Cluster(cluster, self.database) if cluster else None
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=60)
        login = f"{unquote(parts.username or 'default')}:{unquote(parts.password or '')}"
        self._headers = {"Authorization": f"Basic {b64encode(login.encode()).decode()}"}

    def execute(self, statement: str, *, database: str | None = None) -> str:
        """The body of the answer; `_Refused` or `Unavailable` otherwise."""
        path = f"/?database={quote(database or self.database, safe='')}"
        try:
            self._connection.request("POST", path, statement.encode(), self._headers)
            response = self._connection.getresponse()
            body = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as exc:
            self._connection.close()
            raise Unavailable("ClickHouse does not answer") from exc
        if response.status != 200:
            coded = response.getheader("X-ClickHouse-Exception-Code") or (re.match(r"Code: (\d+)", body) or "00")[1]
            raise _Refused(int(coded) if coded.isdigit() else 0, body.strip()[:2000])
        return body

    def known(self) -> dict[str, str]:
        """sha256 by name of the applied files."""
        try:
            rows = self.execute("SELECT name, sha256 FROM schema_migrations FORMAT TabSeparated")
        except _Refused as exc:
            if exc.code in (_UNKNOWN_TABLE, _UNKNOWN_DATABASE):
                return {}
            raise
        return dict(line.split("\t") for line in rows.splitlines() if line)

    def prepare(self) -> None:
        """The database and the table of records exist afterwards, on every node of a cluster."""
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

    def apply(self, statement: str) -> None:
        """Execute a statement of a migration, on a cluster what it becomes there."""
        for each in spread(statement, self._cluster) if self._cluster else [statement]:
            self.execute(each)

    def record(self, file: Migration) -> None:
        """Remember that a file was applied. INSERT SELECT, as names and digests need no escaping."""
        self.execute(f"INSERT INTO schema_migrations (name, sha256) SELECT '{file.name}', '{file.sha256}'")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _apply_clickhouse(connection: Connection, store: _ClickHouse, files: Sequence[Migration]) -> tuple[str, ...]:
    name = "the record of migrations"
    try:
        if not missing(store.known(), files):
            return ()
        with _locked(connection):  # Postgres lends its lock; ClickHouse has none
            store.prepare()
            todo = missing(store.known(), files)
            for file in todo:
                name = file.name
                for statement in statements(file.text):
                    store.apply(statement)
                store.record(file)
            return tuple(file.name for file in todo)
    except (_Refused, InvalidInput) as exc:
        raise MigrationFailed(f"{name}: {exc}") from exc
    finally:
        store.close()


# The first operator


def _check_operator(operator: OperatorSettings) -> None:
    from shared.domain.accounts import usernames
    from shared.security import passwords

    if bool(operator.username) != bool(operator.password):
        raise InvalidSettings("FIRST_OPERATOR_USERNAME and FIRST_OPERATOR_PASSWORD come together")
    if not operator.username:
        return
    try:
        usernames.username(operator.username)
        passwords.validate_new(operator.password)
    except TouchlineError as exc:
        raise InvalidSettings(f"FIRST_OPERATOR: {exc}") from exc


def _first_operator(connection: Connection, operator: OperatorSettings, bcrypt_cost: int) -> str:
    """Make the operator when there is none at all; the slow hash is paid only then."""
    if not operator.username or _has_operator(connection):
        return ""
    from shared.domain.accounts import usernames
    from shared.domain.accounts import users as accounts
    from shared.security.passwords import Passwords

    name = usernames.chosen(operator.username)
    hashed = Passwords(bcrypt_cost).hash(operator.password)
    with _locked(connection):
        if _has_operator(connection):
            return ""
        made = connection.execute(
            "INSERT INTO users (username, username_folded, username_skeleton, password_hash, roles, state) "
            "VALUES (%s, %s, %s, %s, %s, 'active') ON CONFLICT DO NOTHING RETURNING id",
            (name.shown, name.folded, name.skeleton, hashed, [accounts.OPERATOR]),
        ).fetchone()
    if made is None:
        # Whoever registered that name first would become operator: never by a name alone.
        raise Conflict(f"FIRST_OPERATOR_USERNAME {name.shown!r} is a user without the role; choose another name")
    return name.shown


def _has_operator(connection: Connection) -> bool:
    # `= ANY` with the literal, so that the partial index answers.
    row = connection.execute("SELECT EXISTS (SELECT FROM users WHERE 'operator' = ANY (roles))").fetchone()
    return bool(row and row[0])


def main() -> int:
    """Migrate by the environment and say what was done."""
    try:
        report = run(os.environ)
    except TouchlineError as exc:
        print(f"migrate: {exc}", file=sys.stderr)
        return 1
    done = [f"postgres {name}" for name in report.postgres] + [f"clickhouse {name}" for name in report.clickhouse]
    if report.operator:
        done.append(f"operator {report.operator}")
    print(f"migrate: {', '.join(done) or 'nothing to do'} ({report.elapsed_ms:.0f} ms)")
    return 0
