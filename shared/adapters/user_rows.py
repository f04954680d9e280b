"""The row of a user, locked: whoever changes a user takes it first, so that their facts stand in one order."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters import outbox
from shared.adapters.accounts import UserRow
from shared.adapters.named_queries import queries
from shared.adapters.postgres import fetch_all, fetch_one
from shared.domain import account_life
from shared.domain.accounts import OPERATOR, State, User, moves
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres import Connection
    from shared.events.users import Fact


@cache
def _queries() -> dict[str, str]:
    return queries(Path(__file__).parent / "sql" / "user_rows.sql")


def locked(connection: Connection, user_id: str) -> User:
    """The user, who stays as they are until the transaction ends; `NotFound` when there is none."""
    row = fetch_one(connection, UserRow, _queries()["lock_user"], {"user_id": user_id})
    if row is None:
        raise NotFound(f"user {user_id}")
    return row.user()


def locked_living(connection: Connection, user_id: str) -> User:
    """The same; `Forbidden` when they are blocked or deleted."""
    return account_life.living(locked(connection, user_id))


def locked_without_the_last_operator(connection: Connection, user_id: str) -> User:
    """The same as `locked` for what would take an operator away; `Conflict` when no other one would be left.

    All operators are locked, in the order of their ids: two who take away each other come one after the other.
    """
    rows = fetch_all(connection, UserRow, _queries()["lock_user_and_operators"], {"user_id": user_id, "role": OPERATOR})
    found = {row.id: row.user() for row in rows}
    if user_id not in found:
        raise NotFound(f"user {user_id}")
    if OPERATOR in found[user_id].roles and len(found) == 1:
        raise Conflict("this is the last operator")
    return found[user_id]


def move(connection: Connection, user: User, to: State) -> bool:
    """Bring a locked user into a state; whether that changed anything. `Conflict` when there is no such move."""
    if not moves(user.state, to):
        return False
    connection.execute(_queries()["move_user"].encode(), {"user_id": user.id, "to": to})
    return True


def tell(connection: Connection, fact: Fact) -> None:
    """Put a fact about a locked user into the outbox."""
    outbox.put(connection, fact.to_event())
