"""Ports of accounts: users, sessions, attempt limits, revoked sessions and the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from shared.domain.accounts.audit import STRANGER, Actor
from shared.domain.accounts.users import UNKNOWN_CLIENT

if TYPE_CHECKING:
    from shared.domain.accounts import audit
    from shared.domain.accounts.contacts import Address
    from shared.domain.accounts.usernames import Username
    from shared.domain.accounts.users import Client, Login, Rotation, Session, User


class AuditTrail(Protocol):
    """The audit trail. A store that changes something writes its entry itself; all other entries come by `record`."""

    def record(self, entry: audit.AuditEntry, *, now: datetime) -> None:
        """Add an entry."""

    def list_entries(self, user_id: str, *, before: str, limit: int) -> list[audit.AuditRecord]:
        """Return what a user did and what was done to them, the latest first; `before` is an entry's id or empty."""


class Users(Protocol):
    """The users who may log in. A folded name is `shared.domain.accounts.usernames.fold` of a username."""

    def is_taken(self, name: Username) -> bool:
        """Whether somebody has this name, or one that reads the same."""

    def add(self, name: Username, *, password_hash: str, email: Address | None = None, by: Actor = STRANGER) -> User:
        """Store a new user, with an address yet to be proven, and add `UserRegistered` to the outbox.

        `Conflict` when the name is taken meanwhile.
        """

    def find_login(self, folded: str) -> Login | None:
        """Return the user of a folded name, in any state, with the hash to check."""

    def rehash(self, user_id: str, *, old: str, new: str) -> None:
        """Replace a password's hash, unless the password was changed meanwhile."""


class Sessions(Protocol):
    """Sessions and the refresh tokens that prolong them; only digests of tokens are passed."""

    def open(self, user_id: str, *, token_sha256: bytes, client: Client, now: datetime) -> str:
        """Begin a session with its first token; its id. The least used ones beyond `SESSIONS_AT_MOST` end.

        `Unauthenticated` when the user is blocked or deleted by now.
        """

    def rotate(self, *, presented_sha256: bytes, successor_sha256: bytes, client: Client, now: datetime) -> Rotation:
        """Replace a token by its successor.

        Of several who present one token at once exactly one gets a successor; a second use revokes the session.
        """

    def close(self, *, presented_sha256: bytes, now: datetime, client: Client = UNKNOWN_CLIENT) -> str:
        """End the session of a token, current or rotated; its id, or empty text for an unknown token."""

    def list_active(self, user_id: str, *, now: datetime) -> list[Session]:
        """The sessions of a user that are not over, the last used first."""

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
        """End sessions of a user: all, or `only` one, or all `but` one.

        The ids of those that are ended now, also if somebody ended them within the lifetime of an access token.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit of attempts: `at_most` within any `within_s` seconds."""

    name: str
    """Names what is counted, such as ``account:…``; it is stored as it is, so it may hold nothing secret."""
    at_most: int
    within_s: int


class Throttle(Protocol):
    """Counts attempts in sliding windows. Raises `Unavailable` without its store; the caller decides what follows."""

    def take(self, limits: Sequence[Limit], *, now: datetime) -> str:
        """Count an attempt against every limit or, when one is reached, against none; the attempt's id.

        `Overloaded` says how long to wait, `Unavailable` that nothing can be counted. Refused attempts do not count, so
        nobody is locked out for longer than a window.
        """

    def give_back(self, limits: Sequence[Limit], attempt: str) -> None:
        """Undo the count of an attempt; an outage of the store never fails this."""


class Revocations(Protocol):
    """Sessions that ended before the last of their access tokens."""

    def add(self, session_ids: Sequence[str]) -> None:
        """Refuse the access tokens of these sessions from now on; `Unavailable` when that cannot be promised."""

    def contains(self, session_id: str) -> bool:
        """Whether a session is revoked; `Unavailable` without the store."""
