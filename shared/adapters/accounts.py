"""Users and sessions in Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.named_queries import queries
from shared.adapters.postgres import Postgres, fetch_one
from shared.domain.accounts import REFRESH_LIFETIME, Login, RefreshToken, User, Verdict, judge
from shared.errors import Conflict

if TYPE_CHECKING:
    from shared.adapters.postgres import Connection


@dataclass(frozen=True, slots=True)
class _UserRow:
    id: str
    username: str
    roles: list[str]
    created_at: datetime

    def user(self) -> User:
        return User(id=self.id, username=self.username, roles=tuple(self.roles), created_at=self.created_at)


@dataclass(frozen=True, slots=True)
class _LoginRow(_UserRow):
    password_hash: str


@dataclass(frozen=True, slots=True)
class _SessionRow:
    session_id: str


@cache
def _queries() -> dict[str, str]:
    return queries(Path(__file__).parent / "sql" / "accounts.sql")


class PostgresUsers:
    """The table of users."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def add(self, *, username: str, folded: str, password_hash: str) -> User:
        """Store a new user; `Conflict` when the folded name is taken."""
        with self._database.connection() as connection:
            row = fetch_one(
                connection,
                _UserRow,
                _queries()["add_user"],
                {"username": username, "folded": folded, "password_hash": password_hash},
            )
        if row is None:
            raise Conflict(f"the username {username!r} is taken")
        return row.user()

    def find(self, folded: str) -> Login | None:
        """The user of a folded name with the hash to check."""
        with self._database.connection() as connection:
            row = fetch_one(connection, _LoginRow, _queries()["find_login"], {"folded": folded})
        return None if row is None else Login(user=row.user(), password_hash=row.password_hash)


class PostgresSessions:
    """Sessions and their refresh tokens; callers hand in digests, never tokens."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def open(self, user_id: str, *, token_sha256: bytes, now: datetime) -> None:
        """Begin a session with its first token."""

        def work(connection: Connection) -> None:
            session = fetch_one(connection, _SessionRow, _queries()["open_session"], {"user_id": user_id, "now": now})
            assert session is not None
            _add_token(connection, session.session_id, token_sha256, now)

        self._database.transaction(work)

    def rotate(self, *, presented_sha256: bytes, successor_sha256: bytes, now: datetime) -> User | None:
        """Replace a token by its successor and name its user; None when it is refused.

        Of several who present one token at once exactly one gets a successor; every other one revokes the session.
        """

        def work(connection: Connection) -> User | None:
            token = _locked_token(connection, presented_sha256)
            verdict = judge(token, now)
            if token is None or verdict is Verdict.REFUSE:
                return None
            if verdict is Verdict.REVOKE:
                _revoke(connection, token.session_id, "reuse", now)
                return None
            connection.execute(_queries()["mark_rotated"].encode(), {"token_sha256": presented_sha256, "now": now})
            connection.execute(_queries()["forget_expired"].encode(), {"session_id": token.session_id, "now": now})
            _add_token(connection, token.session_id, successor_sha256, now)
            row = fetch_one(connection, _UserRow, _queries()["find_user"], {"user_id": token.user_id})
            return None if row is None else row.user()

        return self._database.transaction(work)

    def close(self, *, presented_sha256: bytes, now: datetime) -> None:
        """End the session of a token, current or rotated; an unknown one ends nothing."""

        def work(connection: Connection) -> None:
            token = _locked_token(connection, presented_sha256)
            if token is not None:
                _revoke(connection, token.session_id, "logout", now)

        self._database.transaction(work)


def _locked_token(connection: Connection, token_sha256: bytes) -> RefreshToken | None:
    params = {"token_sha256": token_sha256}
    if fetch_one(connection, _SessionRow, _queries()["lock_session"], params) is None:
        return None
    return fetch_one(connection, RefreshToken, _queries()["find_token"], params)


def _add_token(connection: Connection, session_id: str, token_sha256: bytes, now: datetime) -> None:
    connection.execute(
        _queries()["add_token"].encode(),
        {"token_sha256": token_sha256, "session_id": session_id, "now": now, "expires_at": now + REFRESH_LIFETIME},
    )


def _revoke(connection: Connection, session_id: str, reason: str, now: datetime) -> None:
    connection.execute(_queries()["revoke_session"].encode(), {"session_id": session_id, "reason": reason, "now": now})
