"""The audit trail in Postgres; a change writes its entry in its own transaction."""

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

    def to_record(self) -> AuditRecord:
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
    """Add an entry in the caller's transaction."""
    _SQL.execute(
        connection,
        "add_entry",
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
    """The table ``audit_trail``, for its readers and for entries that come without another change."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def record(self, entry: AuditEntry, *, now: datetime) -> None:
        """Add an entry in a transaction of its own."""
        with self._database.connection() as connection:
            write(connection, entry, now=now)

    def list_entries(self, user_id: str, *, before: str, limit: int) -> list[AuditRecord]:
        """Return what a user did and what was done to them, the latest first; `before` is an entry's id or empty."""
        rows = _SQL.rows(self._database, _Row, "list_entries", user_id=user_id, before=before, limit=limit)
        return [row.to_record() for row in rows]
