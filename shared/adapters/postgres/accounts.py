"""Users and sessions in Postgres."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared import lazy
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts.audit import STRANGER, Actor, AuditEntry, build_session_entry
from shared.domain.accounts.users import (
    ABSOLUTE_LIMIT,
    ACCESS_LIFETIME,
    ENDED_SESSION_RETENTION,
    MAX_SESSIONS,
    UNKNOWN_CLIENT,
    Client,
    Login,
    RefreshToken,
    Rotation,
    Session,
    State,
    User,
    Verdict,
    compute_idle_expiry,
    judge_refresh_token,
    require_session_allowed,
)
from shared.errors import Conflict

if TYPE_CHECKING:
    from shared.adapters.postgres import audit, outbox
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.domain.accounts.contacts import Address
    from shared.domain.accounts.usernames import Username
else:
    # Written to only when something happens; a cold start does without them.
    audit, outbox = lazy.Module("shared.adapters.postgres.audit"), lazy.Module("shared.adapters.postgres.outbox")

_SQL = Statements(Path(__file__).parent / "sql" / "accounts.sql")


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user as the table has them."""

    id: str
    username: str
    roles: list[str]
    created_at: datetime
    state: str

    def user(self) -> User:
        """The user."""
        return User(
            id=self.id,
            username=self.username,
            roles=tuple(self.roles),
            created_at=self.created_at,
            state=State(self.state),
        )


@dataclass(frozen=True, slots=True)
class _LoginRow(UserRow):
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class _SessionRow:
    id: str
    device: str
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime

    def session(self) -> Session:
        return Session(
            id=self.id,
            client=Client(device=self.device, user_agent=self.user_agent, address=self.address),
            created_at=self.created_at,
            last_used_at=self.last_used_at,
            expires_at=self.expires_at,
        )


@dataclass(frozen=True, slots=True)
class _UserId:
    id: str


@dataclass(frozen=True, slots=True)
class _UserName:
    id: str
    username: str


class PostgresUsers:
    """The table of users."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def is_taken(self, name: Username) -> bool:
        """Whether somebody has this name, or one that reads the same."""
        return bool(_SQL.value(self._database, "is_name_taken", folded=name.folded, readings=sorted(name.readings)))

    def add(self, name: Username, *, password_hash: str, email: Address | None = None, by: Actor = STRANGER) -> User:
        """Store a new user and tell of them; `Conflict` when the name is taken."""
        params = {
            "username": name.shown,
            "folded": name.folded,
            "skeleton": name.skeleton,
            "password_hash": password_hash,
            "email": email.shown if email else "",
            "email_folded": email.folded if email else "",
        }

        from shared.events.users import UserRegistered

        def work(connection: Connection) -> User:
            row = _SQL.row(connection, UserRow, "add_user", **params)
            if row is None:
                raise Conflict(f"the username {name.shown!r} is taken")
            outbox.add(connection, UserRegistered(user_id=row.id, occurred_at=row.created_at).to_event())
            audit.write(connection, AuditEntry(action="user.register", by=by, user_id=row.id), now=row.created_at)
            return row.user()

        return self._database.transaction(work)

    def find_login(self, folded: str) -> Login | None:
        """The user of a folded name with the hash to check."""
        rows = _SQL.read(self._database, _LoginRow, "find_login", folded=folded)
        return Login(user=rows[0].user(), password_hash=rows[0].password_hash) if rows else None

    def find_id(self, folded: str) -> str | None:
        """The id of the user of a folded name; None when nobody has it."""
        rows = _SQL.read(self._database, _UserId, "find_id", folded=folded)
        return rows[0].id if rows else None

    def usernames(self, user_ids: Collection[str]) -> dict[str, str]:
        """The names of users by id; empty for those who were deleted, none for who never was."""
        rows = _SQL.read(self._database, _UserName, "usernames", user_ids=list(user_ids))
        return {row.id: row.username for row in rows}

    def rehash(self, user_id: str, *, old: str, new: str) -> None:
        """Replace a password's hash, unless the password was changed meanwhile."""
        _SQL.execute(self._database, "rehash", user_id=user_id, old=old, new=new)


class PostgresSessions:
    """Sessions and their refresh tokens; callers hand in digests, never tokens."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def open(self, user_id: str, *, token_sha256: bytes, client: Client, now: datetime) -> str:
        """Begin a session with its first token; its id."""
        expires_at = now + ABSOLUTE_LIMIT
        params = {"user_id": user_id, "now": now, "expires_at": expires_at, "device": client.device, **_seen(client)}

        def work(connection: Connection) -> str:
            state = _SQL.value(connection, "read_state", user_id=user_id)
            require_session_allowed(State.DELETED if state is None else State(state))
            _SQL.execute(connection, "delete_ended_sessions", user_id=user_id, before=now - ENDED_SESSION_RETENTION)
            session_id: str = _SQL.value(connection, "open_session", **params)
            _add_token(connection, session_id, token_sha256, now, expires_at)
            _SQL.execute(connection, "end_oldest_sessions", user_id=user_id, now=now, at_most=MAX_SESSIONS)
            audit.write(connection, build_session_entry("open", user_id, client, session_id), now=now)
            return session_id

        return self._database.transaction(work)

    def rotate(self, *, presented_sha256: bytes, successor_sha256: bytes, client: Client, now: datetime) -> Rotation:
        """Replace a token by its successor; a second use revokes the session."""

        def work(connection: Connection) -> Rotation:
            token = _locked_token(connection, presented_sha256)
            verdict = judge_refresh_token(token, now)
            if token is None:
                return Rotation(verdict=verdict)
            if verdict is Verdict.REVOKE:
                _SQL.execute(connection, "end_session", session_id=token.session_id, reason="reuse", now=now)
                audit.write(connection, build_session_entry("reuse", token.user_id, client, token.session_id), now=now)
            if verdict is not Verdict.ROTATE:
                return Rotation(verdict=verdict, session_id=token.session_id)
            _SQL.execute(connection, "mark_rotated", token_sha256=presented_sha256, now=now)
            _SQL.execute(connection, "delete_expired_tokens", session_id=token.session_id, now=now)
            _SQL.execute(connection, "mark_used", session_id=token.session_id, now=now, **_seen(client))
            _add_token(connection, token.session_id, successor_sha256, now, token.session_expires_at)
            row = _SQL.row(connection, UserRow, "find_user", user_id=token.user_id)
            assert row is not None
            return Rotation(verdict=verdict, session_id=token.session_id, user=row.user())

        return self._database.transaction(work)

    def close(self, *, presented_sha256: bytes, now: datetime, client: Client = UNKNOWN_CLIENT) -> str:
        """End the session of a token, current or rotated; its id, or empty text for an unknown token."""

        def work(connection: Connection) -> str:
            token = _locked_token(connection, presented_sha256)
            if token is None:
                return ""
            if _SQL.execute(connection, "end_session", session_id=token.session_id, reason="logout", now=now):
                audit.write(connection, build_session_entry("close", token.user_id, client, token.session_id), now=now)
            return token.session_id

        return self._database.transaction(work)

    def list_active(self, user_id: str, *, now: datetime) -> list[Session]:
        """The sessions of a user that are not over, the last used first."""
        rows = _SQL.read(self._database, _SessionRow, "list_active_sessions", user_id=user_id, now=now)
        return [row.session() for row in rows]

    def revoke(
        self,
        user_id: str,
        *,
        now: datetime,
        only: str = "",
        but: str = "",
        reason: str = "revoked",
        by: Actor = STRANGER,
    ) -> list[str]:
        """End sessions of a user: all, or `only` one, or all `but` one; their ids."""

        def work(connection: Connection) -> list[str]:
            ended = end_sessions(connection, user_id, now=now, only=only, but=but, reason=reason)
            if ended:
                audit.write(connection, AuditEntry(action="session.revoke", by=by, user_id=user_id), now=now)
            return ended

        return self._database.transaction(work)


def end_sessions(
    connection: Connection, user_id: str, *, now: datetime, only: str = "", but: str = "", reason: str
) -> list[str]:
    """As `PostgresSessions.revoke`, in the transaction at hand."""
    params = {"user_id": user_id, "now": now, "still_known": now - ACCESS_LIFETIME, "only": only, "but": but}
    session_ids: list[str] = _SQL.values(connection, "lock_sessions", **params)
    for session_id in session_ids:
        _SQL.execute(connection, "end_session", session_id=session_id, reason=reason, now=now)
    return session_ids


def _seen(client: Client) -> dict[str, str]:
    return {"user_agent": client.user_agent, "address": client.address}


def _locked_token(connection: Connection, token_sha256: bytes) -> RefreshToken | None:
    if _SQL.value(connection, "lock_session", token_sha256=token_sha256) is None:
        return None
    return _SQL.row(connection, RefreshToken, "find_token", token_sha256=token_sha256)


def _add_token(
    connection: Connection, session_id: str, token_sha256: bytes, now: datetime, session_expires_at: datetime
) -> None:
    token = {"token_sha256": token_sha256, "session_id": session_id, "now": now}
    _SQL.execute(connection, "add_token", **token, expires_at=compute_idle_expiry(now, session_expires_at))
