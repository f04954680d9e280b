"""Find, read, block and erase users, and change their roles, for operators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.domain.accounts.audit import Actor, AuditEntry, AuditRecord
from shared.domain.accounts.lifecycle import Profile
from shared.domain.accounts.users import ROLES, State, User
from shared.errors import NotFound
from shared.ports.accounts import AuditTrail
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security import access
from shared.security.grants import Grants
from shared.security.tokens import Caller, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Filters of a search for users; an empty one matches everybody."""

    name: str = ""
    """The beginning of the folded username."""
    contact: str = ""
    """A whole address, verified or not, folded."""
    state: State | None = None
    role: str = ""


class Directory(Protocol):
    """The store of users. Every change requires an operator and is recorded in the audit trail."""

    def search(self, criteria: UserFilter, *, before: str, limit: int) -> list[User]:
        """Return users, the latest first; `before` is a user's id or empty."""

    def profile(self, user_id: str, *, by: Actor, now: datetime) -> Profile:
        """Return the account with its contacts, and record that it was read.

        `NotFound` when there is none; `Forbidden` when `by` is no longer an operator.
        """

    def block(self, user_id: str, reason: str, *, by: Actor, now: datetime) -> list[str]:
        """Block a user, end all their sessions, put `UserBlocked` into the outbox; return the ids of the sessions.

        A second block changes nothing and publishes nothing. `Conflict` for the last operator and for a
        deleted user; `Forbidden` when `by` is no longer an operator.
        """

    def set_role(self, user_id: str, role: str, *, grant: bool, by: Actor, now: datetime) -> list[str]:
        """Grant or revoke a role; return the ids of ended sessions: all when it is revoked. Errors as `block`."""

    def schedule_erasure(self, user_id: str, *, by: Actor, now: datetime) -> None:
        """Schedule the erasure of a blocked user; `Conflict` for others, who decide that themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports that the function needs."""

    directory: Directory
    audit_trail: AuditTrail
    grants: Grants
    clock: Clock
    publish_events: Callable[[], None] | None = None
    """Publishes waiting events once a request is answered."""
    probes: Probes = field(default_factory=dict)

    @property
    def tokens(self) -> Tokens:
        """The access tokens that callers send."""
        return self.grants.tokens


def search(caller: Caller, criteria: UserFilter, *, before: str, limit: int, deps: Deps) -> list[User]:
    """Return users, the latest first."""
    access.require_operator(caller)
    return deps.directory.search(criteria, before=before, limit=limit)


def read_user(caller: Caller, by: Actor, user_id: str, deps: Deps) -> Profile:
    """Return one user with their contacts."""
    access.require_operator(caller)
    return deps.directory.profile(user_id, by=by, now=deps.clock.now())


def block(caller: Caller, by: Actor, user_id: str, reason: str, deps: Deps) -> None:
    """Block a user: no login, no refresh, and within minutes, or at once, no access token is accepted."""
    access.require_operator(caller)
    deps.grants.revoke_access_tokens(deps.directory.block(user_id, reason, by=by, now=deps.clock.now()))


def set_role(caller: Caller, by: Actor, user_id: str, role: str, *, grant: bool, deps: Deps) -> None:
    """Grant or revoke a role. A user who loses one is logged out everywhere, since tokens name roles.

    Raises
    ------
    NotFound : there is no such user or role.
    Conflict : no operator would be left, or the user is blocked or deleted.
    """
    access.require_operator(caller)
    if role not in ROLES:
        raise NotFound(f"role {role}")
    ended = deps.directory.set_role(user_id, role, grant=grant, by=by, now=deps.clock.now())
    deps.grants.revoke_access_tokens(ended)


def schedule_erasure(caller: Caller, by: Actor, user_id: str, deps: Deps) -> None:
    """Schedule the erasure of a blocked user."""
    access.require_operator(caller)
    deps.directory.schedule_erasure(user_id, by=by, now=deps.clock.now())


def read_audit_trail(
    caller: Caller, by: Actor, user_id: str, *, before: str, limit: int, deps: Deps
) -> list[AuditRecord]:
    """Return the audit trail of a user; reading it is recorded once, with the first page."""
    access.require_operator(caller)
    records = deps.audit_trail.list_entries(user_id, before=before, limit=limit)
    if not before:
        deps.audit_trail.record(AuditEntry(action="user.read_audit", by=by, user_id=user_id), now=deps.clock.now())
    return records
