"""The audit trail in Postgres; what changes something writes its entry in the same transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from shared.adapters.postgres.statements import Statements
from shared.domain.accounts.audit import Actor, ActorKind, AuditEntry, AuditRecord, Outcome
from shared.domain.accounts.users import Client

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).parent / "sql" / "audit.sql")


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    at: datetime
    actor_id: str
    actor_kind: str
    action: str
    outcome: str
    user_id: str
    address: str
    user_agent: str
    detail: dict[str, str]

    def recorded(self) -> AuditRecord:
        client = Client(user_agent=self.user_agent, address=self.address)
        entry = AuditEntry(
            action=self.action,
            by=Actor(kind=cast("ActorKind", self.actor_kind), id=self.actor_id, client=client),
            user_id=self.user_id,
            outcome=cast("Outcome", self.outcome),
            detail=self.detail,
        )
        return AuditRecord(id=self.id, at=self.at, entry=entry)


def write(connection: Connection, entry: AuditEntry, *, now: datetime) -> None:
    """Add an entry in the transaction at hand."""
    _SQL.execute(
        connection,
        "write",
        at=now,
        actor_id=entry.by.id,
        actor_kind=entry.by.kind,
        action=entry.action,
        outcome=entry.outcome,
        user_id=entry.user_id,
        address=entry.by.client.address,
        user_agent=entry.by.client.user_agent,
        detail=json.dumps(dict(entry.detail)),
    )


class PostgresAuditTrail:
    """The trail as its readers see it, and as those write it who change nothing else."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def record(self, entry: AuditEntry, *, now: datetime) -> None:
        """Add an entry by itself."""
        with self._database.connection() as connection:
            write(connection, entry, now=now)

    def list_entries(self, user_id: str, *, before: str, limit: int) -> list[AuditRecord]:
        """What a user did and what was done to them, the latest first; `before` is an entry's id or empty."""
        rows = _SQL.rows(self._database, _Row, "page", user_id=user_id, before=before, limit=limit)
        return [row.recorded() for row in rows]
