"""The source guard of jobs: all of them stop when the source refuses us, and continue when a person has resumed it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres import source_guard
from shared.adapters.postgres.statements import Statements

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection

_SQL = Statements(Path(__file__).with_name("queries.sql"))


class PostgresSourceGuard(source_guard.PostgresSourceGuard):
    """Implementation of `SourceGuard` and `SourceCircuit`."""

    def _on_block(self, connection: Connection, reason: str) -> None:
        _SQL.execute(connection, "block_jobs", reason=reason)

    def _on_resume(self, connection: Connection) -> list[str]:
        return [str(job_id) for job_id in _SQL.values(connection, "unblock_jobs")]
