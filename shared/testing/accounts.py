"""Users and sessions in memory, which behave like the real adapters."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from shared.domain.accounts import usernames
from shared.domain.accounts.audit import STRANGER, Actor, AuditEntry, build_session_entry
from shared.domain.accounts.contacts import Address
from shared.domain.accounts.lifecycle import Contact
from shared.domain.accounts.usernames import Username
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
    changes_state,
    compute_idle_expiry,
    judge_refresh_token,
    require_session_allowed,
)
from shared.errors import Conflict, NotFound
from shared.events.users import UserRegistered
from shared.testing.memory_outbox import MemoryAuditTrail, MemoryOutbox


class MemoryUsers:
    """A dictionary of users by folded name."""

    def __init__(self) -> None:
        self.outbox = MemoryOutbox()
        self.audit = MemoryAuditTrail()
        self._lock = threading.Lock()
        self._logins: dict[str, Login] = {}
        self._skeletons: set[str] = set()
        self.contacts: dict[str, list[Contact]] = {}
        self.due: dict[str, datetime] = {}
        """Due times of deletions, by user id."""

    def is_taken(self, name: Username) -> bool:
        """Whether somebody has this name, or one that reads the same."""
        return name.folded in self._logins or bool(name.readings & self._skeletons)

    def add(self, name: Username, *, password_hash: str, email: Address | None = None, by: Actor = STRANGER) -> User:
        """Store a new user and their event; `Conflict` when the name is taken."""
        user = User(id=str(uuid.uuid4()), username=name.shown, roles=(), created_at=datetime.now(UTC))
        with self._lock:
            if self.is_taken(name):
                raise Conflict(f"the username {name.shown!r} is taken")
            self._logins[name.folded] = Login(user=user, password_hash=password_hash)
            self._skeletons.add(name.skeleton)
            if email is not None:
                claim = Contact(kind=email.kind, address=email.shown, created_at=user.created_at)
                self.contacts[user.id] = [claim]
            self.outbox.put(UserRegistered(user_id=user.id, occurred_at=user.created_at).to_event())
            self.audit.record(AuditEntry(action="user.register", by=by, user_id=user.id), now=user.created_at)
        return user

    def find_login(self, folded: str) -> Login | None:
        """The user of a folded name with the hash to check."""
        return self._logins.get(folded)

    def rehash(self, user_id: str, *, old: str, new: str) -> None:
        """Replace a password's hash, unless the password was changed meanwhile."""
        with self._lock:
            for folded, login in self._logins.items():
                if login.user.id == user_id and login.password_hash == old:
                    self._logins[folded] = replace(login, password_hash=new)

    def by_id(self, user_id: str) -> User:
        """The user of an id."""
        return self.login(user_id).user

    def login(self, user_id: str) -> Login:
        """The user of an id with the hash to check; `NotFound` when there is none."""
        for login in self._logins.values():
            if login.user.id == user_id:
                return login
        raise NotFound(f"user {user_id}")

    def all(self) -> list[User]:
        """Return all users."""
        return [login.user for login in self._logins.values()]

    def forget(self, user_id: str) -> None:
        """Erase the person; their id stays."""
        login = self.login(user_id)
        name = f"deleted-{user_id}"
        erased = replace(login.user, username=name, roles=(), state=State.DELETED)
        folded = usernames.fold(login.user.username)
        with self._lock:
            del self._logins[folded]
            self._skeletons.discard(usernames.make_skeleton(login.user.username))
            self._logins[name] = Login(user=erased, password_hash=None)
            self.contacts.pop(user_id, None)
            self.due.pop(user_id, None)

    def grant(self, folded: str, *roles: str) -> None:
        """Give roles, as an operator would."""
        self._change(folded, roles=roles)

    def move(self, folded: str, to: State) -> None:
        """Change the state, as the functions of the user's life do."""
        if changes_state(self._logins[folded].user.state, to):
            self._change(folded, state=to)

    def _change(self, folded: str, **changed: object) -> None:
        login = self._logins[folded]
        self._logins[folded] = replace(login, user=replace(login.user, **changed))  # type: ignore[arg-type]


@dataclass(slots=True)
class _StoredSession:
    """A session with all its tokens."""

    user_id: str
    session: Session
    tokens: dict[bytes, tuple[datetime, datetime | None]]
    """Times of expiry and of rotation, by digest."""
    revoked_at: datetime | None = None

    def current(self) -> datetime:
        """Return the expiry of the token that is not rotated yet."""
        return next((expires_at for expires_at, rotated_at in self.tokens.values() if rotated_at is None))

    def over_since(self) -> datetime:
        return min(self.revoked_at or self.session.expires_at, self.session.expires_at)


class MemorySessions:
    """A dictionary of sessions by id; a session's `expires_at` is its absolute limit."""

    def __init__(self, users: MemoryUsers) -> None:
        self._users = users
        self._lock = threading.Lock()
        self._sessions: dict[str, _StoredSession] = {}

    def open(self, user_id: str, *, token_sha256: bytes, client: Client, now: datetime) -> str:
        """Begin a session with its first token; its id."""
        require_session_allowed(self._users.by_id(user_id).state)
        expires_at = now + ABSOLUTE_LIMIT
        session = Session(id=str(uuid.uuid4()), client=client, created_at=now, last_used_at=now, expires_at=expires_at)
        with self._lock:
            self._sessions = {
                key: stored
                for key, stored in self._sessions.items()
                if stored.user_id != user_id or stored.over_since() >= now - ENDED_SESSION_RETENTION
            }
            tokens: dict[bytes, tuple[datetime, datetime | None]] = {
                token_sha256: (compute_idle_expiry(now, expires_at), None)
            }
            self._sessions[session.id] = _StoredSession(user_id, session, tokens)
            for stored in self._active(user_id, now)[MAX_SESSIONS:]:
                stored.revoked_at = now
        self._users.audit.record(build_session_entry("open", user_id, client, session.id), now=now)
        return session.id

    def rotate(self, *, presented_sha256: bytes, successor_sha256: bytes, client: Client, now: datetime) -> Rotation:
        """Replace a token by its successor; a second use revokes the session."""
        with self._lock:
            stored = self._find(presented_sha256)
            if stored is None:
                return Rotation(verdict=judge_refresh_token(None, now))
            expires_at, rotated_at = stored.tokens[presented_sha256]
            user = self._users.by_id(stored.user_id)
            token = RefreshToken(
                session_id=stored.session.id,
                user_id=user.id,
                expires_at=expires_at,
                rotated_at=rotated_at,
                session_expires_at=stored.session.expires_at,
                session_revoked_at=stored.revoked_at,
                user_state=user.state,
            )
            verdict = judge_refresh_token(token, now)
            if verdict is Verdict.REVOKE:
                stored.revoked_at = now
                self._users.audit.record(build_session_entry("reuse", user.id, client, stored.session.id), now=now)
            if verdict is not Verdict.ROTATE:
                return Rotation(verdict=verdict, session_id=stored.session.id)
            stored.tokens[presented_sha256] = (expires_at, now)
            stored.tokens[successor_sha256] = (compute_idle_expiry(now, stored.session.expires_at), None)
            client_now = replace(client, device=stored.session.client.device)
            stored.session = replace(stored.session, client=client_now, last_used_at=now)
            return Rotation(verdict=verdict, session_id=stored.session.id, user=user)

    def close(self, *, presented_sha256: bytes, now: datetime, client: Client = UNKNOWN_CLIENT) -> str:
        """End the session of a token, current or rotated; its id, or empty text for an unknown token."""
        with self._lock:
            stored = self._find(presented_sha256)
            if stored is None:
                return ""
            if stored.revoked_at is None:
                stored.revoked_at = now
                self._users.audit.record(
                    build_session_entry("close", stored.user_id, client, stored.session.id), now=now
                )
            return stored.session.id

    def list_active(self, user_id: str, *, now: datetime) -> list[Session]:
        """The sessions of a user that are not over, the last used first."""
        with self._lock:
            ends = [
                (stored.session, min(stored.session.expires_at, stored.current()))
                for stored in self._active(user_id, now)
            ]
        return [replace(session, expires_at=end) for session, end in ends if end > now]

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
        with self._lock:
            ended = [
                stored
                for stored in self._sessions.values()
                if stored.user_id == user_id
                and (stored.revoked_at is None or stored.revoked_at > now - ACCESS_LIFETIME)
                and stored.session.expires_at > now
                and stored.session.id != but
                and (not only or stored.session.id == only)
            ]
            for stored in ended:
                stored.revoked_at = stored.revoked_at or now
        if ended and reason == "revoked":
            self._users.audit.record(AuditEntry(action="session.revoke", by=by, user_id=user_id), now=now)
        return sorted(stored.session.id for stored in ended)

    def ids(self, user_id: str) -> list[str]:
        """Return the ids of all stored sessions of a user."""
        return [stored.session.id for stored in self._sessions.values() if stored.user_id == user_id]

    def forget(self, user_id: str) -> None:
        """Drop all sessions of an erased user."""
        with self._lock:
            self._sessions = {key: stored for key, stored in self._sessions.items() if stored.user_id != user_id}

    def _active(self, user_id: str, now: datetime) -> list[_StoredSession]:
        """Return a user's sessions that are neither revoked nor beyond their absolute limit; the last used first."""
        sessions = [
            stored
            for stored in self._sessions.values()
            if stored.user_id == user_id and stored.revoked_at is None and stored.session.expires_at > now
        ]
        sessions.reverse()  # a later one comes first among those of one moment, as the real ids grow with time
        return sorted(sessions, key=lambda stored: stored.session.last_used_at, reverse=True)

    def _find(self, token_sha256: bytes) -> _StoredSession | None:
        return next((stored for stored in self._sessions.values() if token_sha256 in stored.tokens), None)
