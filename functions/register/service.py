"""Make an account."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.domain import accounts
from shared.errors import Conflict, InvalidInput
from shared.passwords import Passwords
from shared.ports import Probes, Users


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What registering needs."""

    users: Users
    passwords: Passwords
    probes: Probes = field(default_factory=dict)


def register(username: str, password: str, deps: Deps) -> accounts.User:
    """Store a new user.

    Raises
    ------
    InvalidInput : names every rule that the username or the password breaks.
    Conflict : the username is taken.
    Overloaded : too many passwords are being hashed.
    """
    faults: dict[str, str] = {}
    for rule, text in ((accounts.username, username), (accounts.password, password)):
        try:
            rule(text)
        except InvalidInput as exc:
            faults |= exc.errors
    if faults:
        raise InvalidInput("the username or the password cannot be accepted", errors=faults)
    named = accounts.username(username)
    # A taken name is told before the hash is paid for; the unique index decides for those who come at the same moment.
    folded = accounts.folded(named)
    if deps.users.find(folded) is not None:
        raise Conflict(f"the username {named!r} is taken")
    return deps.users.add(username=named, folded=folded, password_hash=deps.passwords.hash(password))
