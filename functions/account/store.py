"""Accounts in Postgres, as their owners use them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres import audit, user_rows
from shared.adapters.postgres.accounts import UserRow, end_sessions
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.accounts.contacts import Address
from shared.domain.accounts.lifecycle import Profile
from shared.domain.accounts.users import Login, State, changes_state
from shared.errors import Conflict, NotFound
from shared.events.users import UserDeleted

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class _LoginRow(UserRow):
    password_hash: str | None


class PostgresAccounts:
    """The tables of users and what hangs on them."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def profile(self, user_id: str) -> Profile:
        """Return the account; `NotFound` when there is none."""
        return user_rows.read_profile(self._database, user_id)

    def login(self, user_id: str) -> Login:
        """Return the account with the hash of the password."""
        rows = _SQL.read(self._database, _LoginRow, "login", user_id=user_id)
        if not rows:
            raise NotFound(f"user {user_id}")
        return Login(user=rows[0].user(), password_hash=rows[0].password_hash)

    def change_password(self, user_id: str, *, old: str, new: str, keep: str, by: Actor, now: datetime) -> list[str]:
        """Replace the hash and end every session but `keep`; return the ids of those that ended."""

        def work(connection: Connection) -> list[str]:
            user_rows.lock_usable_user(connection, user_id)
            if not _SQL.execute(connection, "change_password", user_id=user_id, old=old, new=new):
                raise Conflict("the password was changed by another request")
            audit.write(connection, AuditEntry(action="user.password_change", by=by, user_id=user_id), now=now)
            return end_sessions(connection, user_id, now=now, but=keep, reason="password_changed")

        return self._database.transaction(work)

    def claim(self, user_id: str, address: Address, *, by: Actor, now: datetime) -> None:
        """Store an address to be verified, in place of an earlier claim of its kind; `Conflict` when it is verified."""
        params = {"user_id": user_id, "kind": address.kind, "folded": address.folded}
        entry = AuditEntry(action="contact.claim", by=by, user_id=user_id, detail={"kind": address.kind})

        def work(connection: Connection) -> None:
            user_rows.lock_usable_user(connection, user_id)
            if _SQL.value(connection, "is_proven", **params):
                raise Conflict(f"this {address.kind} is verified already")
            _SQL.execute(connection, "drop_claim", **params)
            _SQL.execute(connection, "add_claim", **params, address=address.shown, now=now)
            audit.write(connection, entry, now=now)

        self._database.transaction(work)

    def request_deletion(self, user_id: str, *, due_at: datetime, by: Actor, now: datetime) -> list[str]:
        """Schedule the deletion and end all sessions; return their ids. `Conflict` for the last operator."""

        def work(connection: Connection) -> list[str]:
            user_rows.lock_user_unless_last_operator(connection, user_id)
            user_rows.lock_usable_user(connection, user_id)
            if _SQL.execute(connection, "set_deletion", user_id=user_id, due_at=due_at):
                audit.write(connection, AuditEntry(action="user.ask_deletion", by=by, user_id=user_id), now=now)
            return end_sessions(connection, user_id, now=now, reason="deleted")

        return self._database.transaction(work)

    def cancel_deletion(self, user_id: str, *, by: Actor, now: datetime) -> None:
        """Cancel the deletion."""

        def work(connection: Connection) -> None:
            user_rows.lock_usable_user(connection, user_id)
            if _SQL.execute(connection, "set_deletion", user_id=user_id, due_at=None):
                audit.write(connection, AuditEntry(action="user.come_back", by=by, user_id=user_id), now=now)

        self._database.transaction(work)

    def list_due(self, *, now: datetime, at_most: int) -> list[str]:
        """Return users whose grace period is over."""
        return _SQL.values(self._database, "due", now=now, at_most=at_most)

    def erase(self, user_id: str, *, by: Actor, now: datetime) -> bool:
        """Erase a user who is still due and put `UserDeleted` into the outbox; return whether this call did."""

        def work(connection: Connection) -> bool:
            user = user_rows.lock_user(connection, user_id)
            still_due = _SQL.value(connection, "still_due", user_id=user_id, now=now)
            if not still_due or not changes_state(user.state, State.DELETED):
                return False
            for name in ("erase_contacts", "erase_sessions", "erase"):
                _SQL.execute(connection, name, user_id=user_id)
            user_rows.add_event(connection, UserDeleted(user_id=user_id, occurred_at=now))
            audit.write(connection, AuditEntry(action="user.erase", by=by, user_id=user_id), now=now)
            return True

        return self._database.transaction(work)

    def export(self, user_id: str) -> str:
        """Return what accounts store about a user, as one JSON object."""
        content: str = _SQL.value(self._database, "export", user_id=user_id)
        return content
