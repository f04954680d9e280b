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
    """The audit trail; stores write into it with what they change, all others by `record`."""

    def record(self, entry: audit.AuditEntry, *, now: datetime) -> None:
        """Add an entry."""

    def list_entries(self, user_id: str, *, before: str, limit: int) -> list[audit.AuditRecord]:
        """What a user did and what was done to them, the latest first; `before` is an entry's id or empty."""


class Users(Protocol):
    """Who may log in. A folded name is `shared.domain.accounts.usernames.fold` of a username."""

    def is_taken(self, name: Username) -> bool:
        """Whether somebody has this name, or one that reads the same."""

    def add(self, name: Username, *, password_hash: str, email: Address | None = None, by: Actor = STRANGER) -> User:
        """Store a new user, with an address yet to be proven, and put `UserRegistered` into the outbox.

        `Conflict` when the name is taken by then.
        """

    def find_login(self, folded: str) -> Login | None:
        """The user of a folded name, whatever their state, with the hash to check."""

    def rehash(self, user_id: str, *, old: str, new: str) -> None:
        """Replace a password's hash, unless the password was changed meanwhile."""


class Sessions(Protocol):
    """Logins and the refresh tokens that prolong them; only digests of tokens are handed over."""

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
    """How often something may be tried: `at_most` times within any `within_s` seconds."""

    name: str
    """Of what is counted, such as ``account:…``; it is kept as it is, so it tells nothing that is not public."""
    at_most: int
    within_s: int


class Throttle(Protocol):
    """Counts attempts in sliding windows. When its store is gone it says so; the caller decides what that means."""

    def take(self, limits: Sequence[Limit], *, now: datetime) -> str:
        """Count an attempt against every limit or, when one is reached, against none; the attempt's name.

        `Overloaded` says how long to wait, `Unavailable` that nothing can be counted. Attempts that are refused do not
        count, so nobody can be kept out for longer than a window.
        """

    def give_back(self, limits: Sequence[Limit], attempt: str) -> None:
        """Count it no more; a silent store never fails this."""


class Revocations(Protocol):
    """Sessions that ended before the last of their access tokens."""

    def add(self, session_ids: Sequence[str]) -> None:
        """Their access tokens are refused from now on; `Unavailable` when that cannot be promised."""

    def contains(self, session_id: str) -> bool:
        """Whether it is among them; `Unavailable` when the store is gone."""
