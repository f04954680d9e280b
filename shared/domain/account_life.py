"""What a user's account holds beside the login: contacts, proofs, a deletion that is still to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.accounts import TERMINAL, State, User
from shared.domain.contacts import Kind
from shared.errors import Forbidden

GRACE = timedelta(days=30)
"""From the wish to be deleted until it is done; the user may come back until then."""
TOLD_KEPT = timedelta(days=7)
"""A fact stays in the outbox this long after the broker took it."""


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
    """The user's, from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An account as its owner and operators see it."""

    user: User
    contacts: tuple[Contact, ...] = ()
    deletion_due_at: datetime | None = None


def living(user: User) -> User:
    """The user again; `Forbidden` when they are blocked or deleted, for then nothing is done in their name."""
    if user.state in TERMINAL:
        raise Forbidden(f"this account is {user.state}")
    return user
