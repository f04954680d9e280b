"""Reads, locks and changes the row of a user; a change locks it first, so that the user's events have one order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres import outbox
from shared.adapters.postgres.accounts import UserRow
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts import lifecycle
from shared.domain.accounts.audit import Actor
from shared.domain.accounts.contacts import Kind
from shared.domain.accounts.lifecycle import Contact, Profile
from shared.domain.accounts.users import OPERATOR, State, User, changes_state
from shared.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.events.users import UserEvent

_SQL = Statements(Path(__file__).parent / "sql" / "user_rows.sql")


@dataclass(frozen=True, slots=True)
class _ProfileRow(UserRow):
    """A user with one of their contacts; empty fields for a user without any."""

    deletion_due_at: datetime | None
    kind: str | None
    address: str | None
    claimed_at: datetime | None
    verified_at: datetime | None

    def contacts(self) -> Iterator[Contact]:
        if self.kind is not None and self.address is not None and self.claimed_at is not None:
            kind = Kind(self.kind)
            yield Contact(kind=kind, address=self.address, created_at=self.claimed_at, verified_at=self.verified_at)


def fetch_profile(connection: Connection, user_id: str) -> Profile:
    """Return the account with its contacts, or raise `NotFound`."""
    return _profile(_SQL.rows(connection, _ProfileRow, "read_profile", user_id=user_id), user_id)


def read_profile(database: Postgres, user_id: str) -> Profile:
    """Return the same outside of a transaction."""
    return _profile(_SQL.read(database, _ProfileRow, "read_profile", user_id=user_id), user_id)


def _profile(rows: list[_ProfileRow], user_id: str) -> Profile:
    if not rows:
        raise NotFound(f"user {user_id}")
    contacts = tuple(contact for row in rows for contact in row.contacts())
    return Profile(user=rows[0].user(), contacts=contacts, deletion_due_at=rows[0].deletion_due_at)


def require_role(connection: Connection, by: Actor, role: str) -> None:
    """Return when who acts holds the role at this moment, raise `Forbidden` otherwise: a token may be minutes old."""
    if not _SQL.rows(connection, UserRow, "find_role_holder", user_id=by.id, role=role):
        raise Forbidden(f"this needs the role {role}")


def require_operator(connection: Connection, by: Actor) -> None:
    """Return when who reads is an operator at this moment, raise `Forbidden` otherwise."""
    rows = _SQL.rows(connection, UserRow, "find_role_holder", user_id=by.id, role=OPERATOR)
    lifecycle.require_operator(by, lifecycle.find_operators(row.user() for row in rows))


def lock_user(connection: Connection, user_id: str) -> User:
    """Lock a user until the transaction ends, or raise `NotFound`."""
    row = _SQL.row(connection, UserRow, "lock_user", user_id=user_id)
    if row is None:
        raise NotFound(f"user {user_id}")
    return row.user()


def lock_usable_user(connection: Connection, user_id: str) -> User:
    """Lock a user; `Forbidden` when they are blocked or deleted."""
    return lifecycle.require_usable(lock_user(connection, user_id))


def lock_user_and_operators(connection: Connection, user_id: str) -> tuple[User, dict[str, User]]:
    """Lock a user and all operators who are neither blocked nor about to be deleted; the user, and operators by id.

    Rows are locked in the order of ids, so that two operators who remove each other do so one after the other.
    """
    rows = _SQL.rows(connection, UserRow, "lock_user_and_operators", user_id=user_id, role=OPERATOR)
    users = {row.id: row.user() for row in rows}
    if user_id not in users:
        raise NotFound(f"user {user_id}")
    return users[user_id], lifecycle.find_operators(users.values())


def lock_user_unless_last_operator(connection: Connection, user_id: str) -> User:
    """Lock a user who will stop to be an operator; `Conflict` when no other operator would be left."""
    user, operators = lock_user_and_operators(connection, user_id)
    lifecycle.require_another_operator(user, operators)
    return user


def change_state(connection: Connection, user: User, to: State) -> bool:
    """Bring a locked user into a state; whether that changed anything. `Conflict` when there is no such transition."""
    if not changes_state(user.state, to):
        return False
    _SQL.execute(connection, "move_user", user_id=user.id, to=to)
    return True


def add_event(connection: Connection, event: UserEvent) -> None:
    """Add an event of a locked user to the outbox."""
    outbox.add(connection, event.to_event())
