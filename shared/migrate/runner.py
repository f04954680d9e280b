"""Bring the stores to the shape the code expects: Postgres, ClickHouse, and the first operator.

``python -m shared.migrate`` runs before the functions start, on a laptop as on a cluster; several may run at once.
A migration adds before a deploy and removes after it, so old and new code meet every state. Postgres files are applied
whole or not at all. ClickHouse has no transactions: its files are applied statement by statement and again from the
start after a crash, so each of their statements says ``IF NOT EXISTS`` or is otherwise safe to repeat.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.adapters.postgres.database import map_errors
from shared.errors import TouchlineError
from shared.migrate import clickhouse, first_operator, postgres
from shared.migrate.files import SQL, read_migrations
from shared.settings.accounts import PasswordSettings
from shared.settings.loading import load_settings
from shared.settings.operators import OperatorSettings
from shared.settings.stores import ClickHouseSettings, PostgresSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that a migration reads."""

    postgres: PostgresSettings
    clickhouse: ClickHouseSettings
    operator: OperatorSettings
    passwords: PasswordSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The changes of a run."""

    postgres: tuple[str, ...]
    clickhouse: tuple[str, ...]
    operator: str
    """Username of the operator that was created; empty when none was."""
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
    first_operator.check(settings.operator)
    postgres_files, clickhouse_files = read_migrations(sql / "postgres"), read_migrations(sql / "clickhouse")
    with postgres.connect(settings.postgres.url) as connection, map_errors():
        applied = postgres.apply(connection, postgres_files)
        applied_clickhouse: tuple[str, ...] = ()
        if settings.clickhouse.url:
            schema = clickhouse.ClickHouseSchema(settings.clickhouse.url, settings.clickhouse.cluster)
            applied_clickhouse = clickhouse.apply(connection, schema, clickhouse_files)
        operator = first_operator.create(connection, settings.operator, bcrypt_cost=settings.passwords.bcrypt_cost)
    return Report(
        postgres=applied,
        clickhouse=applied_clickhouse,
        operator=operator,
        elapsed_ms=(time.monotonic() - started_s) * 1000,
    )


def main() -> int:
    """Migrate by the environment and print the changes."""
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
