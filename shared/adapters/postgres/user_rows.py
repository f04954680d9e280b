"""The row of a user. Whoever changes a user locks it first, so that their facts stand in one order."""

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
    """A user with one of their contacts, which is empty for who has none."""

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
    """The account with its contacts; `NotFound` when there is none."""
    return _profile(_SQL.rows(connection, _ProfileRow, "profile", user_id=user_id), user_id)


def read_profile(database: Postgres, user_id: str) -> Profile:
    """The same in no transaction of the caller's."""
    return _profile(_SQL.read(database, _ProfileRow, "profile", user_id=user_id), user_id)


def _profile(rows: list[_ProfileRow], user_id: str) -> Profile:
    if not rows:
        raise NotFound(f"user {user_id}")
    contacts = tuple(contact for row in rows for contact in row.contacts())
    return Profile(user=rows[0].user(), contacts=contacts, deletion_due_at=rows[0].deletion_due_at)


def require_role(connection: Connection, by: Actor, role: str) -> None:
    """Return when who acts holds the role at this moment, raise `Forbidden` otherwise: a token may be minutes old."""
    if not _SQL.rows(connection, UserRow, "operator", user_id=by.id, role=role):
        raise Forbidden(f"this needs the role {role}")


def require_operator(connection: Connection, by: Actor) -> None:
    """Return when who reads is an operator at this moment, raise `Forbidden` otherwise."""
    rows = _SQL.rows(connection, UserRow, "operator", user_id=by.id, role=OPERATOR)
    lifecycle.require_operator(by, lifecycle.find_operators(row.user() for row in rows))


def lock_user(connection: Connection, user_id: str) -> User:
    """The user, who stays as they are until the transaction ends; `NotFound` when there is none."""
    row = _SQL.row(connection, UserRow, "lock_user", user_id=user_id)
    if row is None:
        raise NotFound(f"user {user_id}")
    return row.user()


def lock_usable_user(connection: Connection, user_id: str) -> User:
    """The same; `Forbidden` when they are blocked or deleted."""
    return lifecycle.require_usable(lock_user(connection, user_id))


def lock_user_and_operators(connection: Connection, user_id: str) -> tuple[User, dict[str, User]]:
    """The same as `lock_user`, and all operators by id: those who are neither blocked nor about to be deleted.

    They are locked in the order of their ids: two who take away each other come one after the other.
    """
    rows = _SQL.rows(connection, UserRow, "lock_user_and_operators", user_id=user_id, role=OPERATOR)
    found = {row.id: row.user() for row in rows}
    if user_id not in found:
        raise NotFound(f"user {user_id}")
    return found[user_id], lifecycle.find_operators(found.values())


def lock_user_unless_last_operator(connection: Connection, user_id: str) -> User:
    """The same as `lock_user` for what would take an operator away; `Conflict` when no other one would be left."""
    user, operators = lock_user_and_operators(connection, user_id)
    lifecycle.require_another_operator(user, operators)
    return user


def change_state(connection: Connection, user: User, to: State) -> bool:
    """Bring a locked user into a state; whether that changed anything. `Conflict` when there is no such move."""
    if not changes_state(user.state, to):
        return False
    _SQL.execute(connection, "move_user", user_id=user.id, to=to)
    return True


def add_event(connection: Connection, fact: UserEvent) -> None:
    """Put a fact about a locked user into the outbox."""
    outbox.add(connection, fact.to_event())
