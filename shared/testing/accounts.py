"""Users and sessions in memory, with the answers of the real adapters."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime

from shared.domain.accounts import REFRESH_LIFETIME, Login, RefreshToken, User, Verdict, judge
from shared.errors import Conflict


class MemoryUsers:
    """A dictionary of users by folded name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logins: dict[str, Login] = {}

    def add(self, *, username: str, folded: str, password_hash: str) -> User:
        """Store a new user; `Conflict` when the folded name is taken."""
        user = User(id=str(uuid.uuid4()), username=username, roles=(), created_at=datetime.now(UTC))
        with self._lock:
            if folded in self._logins:
                raise Conflict(f"the username {username!r} is taken")
            self._logins[folded] = Login(user=user, password_hash=password_hash)
        return user

    def find(self, folded: str) -> Login | None:
        """The user of a folded name with the hash to check."""
        return self._logins.get(folded)

    def by_id(self, user_id: str) -> User | None:
        """The user of an id."""
        return next((login.user for login in self._logins.values() if login.user.id == user_id), None)

    def grant(self, folded: str, *roles: str) -> None:
        """Give roles, as an operator would."""
        login = self._logins[folded]
        self._logins[folded] = replace(login, user=replace(login.user, roles=roles))


class MemorySessions:
    """A dictionary of tokens by digest."""

    def __init__(self, users: MemoryUsers) -> None:
        self._users = users
        self._lock = threading.Lock()
        self._tokens: dict[bytes, RefreshToken] = {}

    def open(self, user_id: str, *, token_sha256: bytes, now: datetime) -> None:
        """Begin a session with its first token."""
        with self._lock:
            self._tokens[token_sha256] = RefreshToken(
                session_id=str(uuid.uuid4()),
                user_id=user_id,
                expires_at=now + REFRESH_LIFETIME,
                rotated_at=None,
                session_revoked_at=None,
            )

    def rotate(self, *, presented_sha256: bytes, successor_sha256: bytes, now: datetime) -> User | None:
        """Replace a token by its successor and name its user; None when it is refused."""
        with self._lock:
            token = self._tokens.get(presented_sha256)
            verdict = judge(token, now)
            if token is None or verdict is Verdict.REFUSE:
                return None
            if verdict is Verdict.REVOKE:
                self._revoke(token.session_id, now)
                return None
            self._tokens[presented_sha256] = replace(token, rotated_at=now)
            self._tokens[successor_sha256] = replace(token, expires_at=now + REFRESH_LIFETIME)
            return self._users.by_id(token.user_id)

    def close(self, *, presented_sha256: bytes, now: datetime) -> None:
        """End the session of a token, current or rotated; an unknown one ends nothing."""
        with self._lock:
            token = self._tokens.get(presented_sha256)
            if token is not None:
                self._revoke(token.session_id, now)

    def _revoke(self, session_id: str, now: datetime) -> None:
        for digest, token in self._tokens.items():
            if token.session_id == session_id and token.session_revoked_at is None:
                self._tokens[digest] = replace(token, session_revoked_at=now)
