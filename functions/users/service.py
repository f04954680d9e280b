"""What operators do to users."""

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
class Wanted:
    """Which users; what is empty does not matter."""

    name: str = ""
    """How the folded username begins."""
    contact: str = ""
    """A whole address, claimed or proven, folded."""
    state: State | None = None
    role: str = ""


class Directory(Protocol):
    """All users. Every change asks again whether who makes it is an operator, and records it in the audit trail."""

    def search(self, wanted: Wanted, *, before: str, limit: int) -> list[User]:
        """The latest first; `before` is a user's id or empty."""

    def profile(self, user_id: str, *, by: Actor, now: datetime) -> Profile:
        """The account with its contacts, and a record that it was read.

        `NotFound` when there is none; `Forbidden` when `by` is no operator any more.
        """

    def block(self, user_id: str, reason: str, *, by: Actor, now: datetime) -> list[str]:
        """Block a user, end all their sessions and put `UserBlocked` into the outbox; the ids of the sessions.

        One who is blocked already stays so and nothing more is told. `Conflict` for the last operator and for who is
        deleted; `Forbidden` when `by` is no operator any more.
        """

    def set_role(self, user_id: str, role: str, *, held: bool, by: Actor, now: datetime) -> list[str]:
        """Grant or revoke a role; the ids of sessions that ended: all when one is revoked. Errors as `block`."""

    def erase_soon(self, user_id: str, *, by: Actor, now: datetime) -> None:
        """Let the clock erase a blocked user next; `Conflict` for others, who decide that themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What the function stands on."""

    directory: Directory
    audit_trail: AuditTrail
    grants: Grants
    clock: Clock
    tell: Callable[[], None] | None = None
    """Hands facts to the broker once a request is answered."""
    probes: Probes = field(default_factory=dict)

    @property
    def tokens(self) -> Tokens:
        """The access tokens that callers send."""
        return self.grants.tokens


def search(who: Caller, wanted: Wanted, *, before: str, limit: int, deps: Deps) -> list[User]:
    """Users, the latest first."""
    access.require_operator(who)
    return deps.directory.search(wanted, before=before, limit=limit)


def show(who: Caller, by: Actor, user_id: str, deps: Deps) -> Profile:
    """One user with their contacts."""
    access.require_operator(who)
    return deps.directory.profile(user_id, by=by, now=deps.clock.now())


def block(who: Caller, by: Actor, user_id: str, reason: str, deps: Deps) -> None:
    """Nobody acts in this user's name any more: no login, no refresh, and within minutes, or at once, no token."""
    access.require_operator(who)
    deps.grants.revoke_access_tokens(deps.directory.block(user_id, reason, by=by, now=deps.clock.now()))


def set_role(who: Caller, by: Actor, user_id: str, role: str, *, held: bool, deps: Deps) -> None:
    """Grant or revoke a role. Who loses one is logged out everywhere, since tokens name roles.

    Raises
    ------
    NotFound : there is no such user or role.
    Conflict : the last operator would be gone, or the user is blocked or deleted.
    """
    access.require_operator(who)
    if role not in ROLES:
        raise NotFound(f"role {role}")
    ended = deps.directory.set_role(user_id, role, held=held, by=by, now=deps.clock.now())
    deps.grants.revoke_access_tokens(ended)


def erase_soon(who: Caller, by: Actor, user_id: str, deps: Deps) -> None:
    """Have a blocked user erased."""
    access.require_operator(who)
    deps.directory.erase_soon(user_id, by=by, now=deps.clock.now())


def audit(who: Caller, by: Actor, user_id: str, *, before: str, limit: int, deps: Deps) -> list[AuditRecord]:
    """What a user did and what was done to them; that it was read is recorded once, with the first page."""
    access.require_operator(who)
    found = deps.audit_trail.list_entries(user_id, before=before, limit=limit)
    if not before:
        deps.audit_trail.record(AuditEntry(action="user.read_audit", by=by, user_id=user_id), now=deps.clock.now())
    return found
