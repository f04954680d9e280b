"""All users in Postgres, as operators see and change them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from functions.users.service import UserFilter
from shared.adapters.postgres import audit, user_rows
from shared.adapters.postgres.accounts import UserRow, end_sessions
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts import lifecycle
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.accounts.lifecycle import Profile
from shared.domain.accounts.users import State, User
from shared.events.users import UserBlocked

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))


class PostgresDirectory:
    """The table of users."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def search(self, criteria: UserFilter, *, before: str, limit: int) -> list[User]:
        """Return users, the latest first; `before` is a user's id or empty."""
        params = {
            "name": _prefix_pattern(criteria.name),
            "contact": criteria.contact,
            "state": criteria.state or "",
            "role": criteria.role,
            "before": before,
            "limit": limit,
        }
        return [row.user() for row in _SQL.rows(self._database, UserRow, "search", **params)]

    def profile(self, user_id: str, *, by: Actor, now: datetime) -> Profile:
        """The account with its contacts; `NotFound` when there is none. That it was read is record."""

        def work(connection: Connection) -> Profile:
            user_rows.require_operator(connection, by)
            profile = user_rows.fetch_profile(connection, user_id)
            audit.write(connection, AuditEntry(action="user.read", by=by, user_id=user_id), now=now)
            return profile

        return self._database.transaction(work)

    def block(self, user_id: str, reason: str, *, by: Actor, now: datetime) -> list[str]:
        """Block a user, end all their sessions, put `UserBlocked` into the outbox; return the ids of the sessions."""
        entry = AuditEntry(action="user.block", by=by, user_id=user_id, detail={"reason": reason})

        def work(connection: Connection) -> list[str]:
            user, operators = user_rows.lock_user_and_operators(connection, user_id)
            lifecycle.require_operator(by, operators)
            lifecycle.require_another_operator(user, operators)
            if user_rows.change_state(connection, user, State.BLOCKED):
                user_rows.add_event(connection, UserBlocked(user_id=user_id, occurred_at=now))
                audit.write(connection, entry, now=now)
            return end_sessions(connection, user_id, now=now, reason="blocked")

        return self._database.transaction(work)

    def set_role(self, user_id: str, role: str, *, grant: bool, by: Actor, now: datetime) -> list[str]:
        """Grant or revoke a role; return the ids of sessions that ended: all when it is revoked."""
        action = "role.grant" if grant else "role.revoke"
        entry = AuditEntry(action=action, by=by, user_id=user_id, detail={"role": role})

        def work(connection: Connection) -> list[str]:
            user, operators = user_rows.lock_user_and_operators(connection, user_id)
            lifecycle.require_operator(by, operators)
            lifecycle.require_role_change_allowed(user, role, operators, held=grant)
            if (role in user.roles) is not grant:
                _SQL.execute(connection, "grant_role" if grant else "revoke_role", user_id=user_id, role=role)
                audit.write(connection, entry, now=now)
            return [] if grant else end_sessions(connection, user_id, now=now, reason="revoked")

        return self._database.transaction(work)

    def schedule_erasure(self, user_id: str, *, by: Actor, now: datetime) -> None:
        """Schedule the erasure of a blocked user; `Conflict` for others, who decide that themselves."""

        def work(connection: Connection) -> None:
            user, operators = user_rows.lock_user_and_operators(connection, user_id)
            lifecycle.require_operator(by, operators)
            lifecycle.require_erasable_by_operator(user)
            _SQL.execute(connection, "erase_soon", user_id=user_id, now=now)
            audit.write(connection, AuditEntry(action="user.erase_soon", by=by, user_id=user_id), now=now)

        self._database.transaction(work)


def _prefix_pattern(text: str) -> str:
    """Return the LIKE pattern of a prefix; empty for an empty one."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%" if text else ""
