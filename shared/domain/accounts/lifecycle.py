"""The life of an account: contacts and their proofs, roles, blocking, and deletion after a time of grace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.accounts.audit import Actor
from shared.domain.accounts.contacts import Address, Kind
from shared.domain.accounts.users import OPERATOR, TERMINAL, State, User
from shared.errors import Conflict, Forbidden

GRACE = timedelta(days=30)
"""Time between the request to be deleted and the deletion; the user may come back until then."""
DELIVERED_RETENTION = timedelta(days=7)
"""An event stays in the outbox this long after the broker accepted it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An address of a user, proven or claimed."""

    kind: Kind
    address: str
    created_at: datetime
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A contact that was proven just now."""

    contact: Contact
    state: State
    """The user's state from now on."""
    replaced: Address | None = None
    """The address that was proven before and is no longer the user's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An account as its owner and operators see it."""

    user: User
    contacts: tuple[Contact, ...] = ()
    deletion_due_at: datetime | None = None


def to_json(profile: Profile) -> dict[str, Any]:
    """Return an account as JSON values, for its owner and for operators."""
    return {
        "id": profile.user.id,
        "username": profile.user.username,
        "state": profile.user.state,
        "roles": list(profile.user.roles),
        "created_at": profile.user.created_at,
        "contacts": [
            {
                "kind": each.kind,
                "address": each.address,
                "created_at": each.created_at,
                "verified_at": each.verified_at,
            }
            for each in profile.contacts
        ],
        "deletion_due_at": profile.deletion_due_at,
    }


def require_usable(user: User) -> User:
    """Return the user, or raise `Forbidden` when they are blocked or deleted."""
    if user.state in TERMINAL:
        raise Forbidden(f"this account is {user.state}")
    return user


def find_operators(users: Iterable[User]) -> dict[str, User]:
    """Return the users who may operate, by id."""
    return {user.id: user for user in users if OPERATOR in user.roles and user.state not in TERMINAL}


def require_another_operator(leaving: User, present: Mapping[str, User]) -> None:
    """Return when another operator is left without this user, raise `Conflict` otherwise."""
    if OPERATOR in leaving.roles and not present.keys() - {leaving.id}:
        raise Conflict("this is the last operator")


def require_operator(by: Actor, present: Mapping[str, User]) -> None:
    """Return when the actor is an operator at this moment, raise `Forbidden` otherwise: a token may be minutes old."""
    if by.id not in present:
        raise Forbidden(f"this needs the role {OPERATOR}")


def require_role_change_allowed(user: User, role: str, present: Mapping[str, User], *, held: bool) -> None:
    """Return when a role may be granted to (`held`) or revoked from a user, raise `Conflict` otherwise."""
    if user.state in TERMINAL:
        raise Conflict(f"the user is {user.state}")
    if not held and role == OPERATOR:
        require_another_operator(user, present)


def require_erasable_by_operator(user: User) -> None:
    """Return for a blocked user, raise `Conflict` for all others, who decide that themselves."""
    if user.state is not State.BLOCKED:
        raise Conflict(f"the user is {user.state}; an operator erases blocked users only")


def require_other_user(by: Actor, user_id: str) -> None:
    """Return when somebody decides about another user, raise `Forbidden` otherwise."""
    if by.id == user_id:
        raise Forbidden("nobody decides about themselves")
