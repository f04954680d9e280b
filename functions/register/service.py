"""Make an account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from shared.domain.accounts import contacts, usernames
from shared.domain.accounts.audit import STRANGER, Actor
from shared.domain.accounts.users import User
from shared.errors import Conflict, InvalidInput
from shared.ports.accounts import Users
from shared.ports.probes import Probes
from shared.security import password_rules
from shared.security.passwords import Passwords

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What registering needs."""

    users: Users
    passwords: Passwords
    tell: Callable[[], None] | None = None
    """Hands facts to the broker once a request is answered."""
    probes: Probes = field(default_factory=dict)


def register(username: str, password: str, email: str | None, deps: Deps, by: Actor = STRANGER) -> User:
    """Store a new user; the e-mail address is theirs only once it is proven.

    Raises
    ------
    InvalidInput : names every rule that the username, the password or the address breaks.
    Conflict : the username is taken. An address that is taken is not told.
    Overloaded : too many passwords are being hashed.
    """
    faults: dict[str, str] = {}
    name = _checked(usernames.validate_new, username, faults)
    _checked(lambda text: password_rules.validate_new(text, username=username), password, faults)
    address = None if email is None else _checked(contacts.parse_email, email, faults)
    if name is None or faults:
        raise InvalidInput("the account cannot be made like this", errors=faults)
    # A taken name is told before the hash is paid for; the unique indexes decide for those who come at the same moment.
    if deps.users.is_taken(name):
        raise Conflict(f"the username {name.shown!r} is taken")
    return deps.users.add(name, password_hash=deps.passwords.hash(password), email=address, by=by)


def _checked(rule: Callable[[str], T], text: str, faults: dict[str, str]) -> T | None:
    try:
        return rule(text)
    except InvalidInput as exc:
        faults |= exc.errors
        return None
