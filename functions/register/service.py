"""Create accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from shared.domain.accounts import contacts, usernames
from shared.domain.accounts.audit import STRANGER, Actor
from shared.domain.accounts.contacts import Address
from shared.domain.accounts.usernames import Username
from shared.domain.accounts.users import User
from shared.errors import Conflict, InvalidInput, Overloaded, Unavailable
from shared.ports.accounts import Limit, Throttle, Users
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security import password_rules
from shared.security.attempt_limits import network_limit, text_limit
from shared.security.passwords import Passwords

T = TypeVar("T")
HOUR_S = 3600
PER_EMAIL_AND_DAY = 5
"""Accounts that name one e-mail address, which is nobody's until it is proven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports that registering needs."""

    users: Users
    passwords: Passwords
    throttle: Throttle
    clock: Clock
    per_address: int
    """Accounts made from one network within an hour."""
    publish_events: Callable[[], None] | None = None
    """Publishes waiting events once a request is answered."""
    probes: Probes = field(default_factory=dict)


def register(username: str, password: str, email: str | None, deps: Deps, by: Actor = STRANGER) -> User:
    """Store a new user; the e-mail address becomes theirs once it is verified.

    Raises
    ------
    InvalidInput : names every rule that the username, the password or the address breaks.
    Conflict : the username is taken. Whether an address is taken is not disclosed.
    Overloaded : too many accounts were made lately from this network or with this e-mail address, or too many
        passwords are being hashed.
    Unavailable : accounts cannot be counted, so none is made.
    """
    faults: dict[str, str] = {}
    name = _collect_faults(usernames.validate_new, username, faults)
    _collect_faults(lambda text: password_rules.validate_new(text, username=username), password, faults)
    address = None if email is None else _collect_faults(contacts.parse_email, email, faults)
    if name is None or faults:
        raise InvalidInput("the account cannot be created", errors=faults)
    limits = _limits(by.client.address, address, deps)
    attempt = deps.throttle.take(limits, now=deps.clock.now())
    try:
        return _add(name, password, address, deps, by)
    except (Overloaded, Unavailable):
        deps.throttle.give_back(limits, attempt)  # the trouble is ours; a taken name counts, or names could be tried
        raise


def _add(name: Username, password: str, address: Address | None, deps: Deps, by: Actor) -> User:
    # Checked before the expensive hash; the unique indexes decide between concurrent requests.
    if deps.users.is_taken(name):
        raise Conflict(f"the username {name.shown!r} is taken")
    return deps.users.add(name, password_hash=deps.passwords.hash(password), email=address, by=by)


def _limits(client_address: str, email: Address | None, deps: Deps) -> list[Limit]:
    limits = [network_limit("register", client_address, at_most=deps.per_address, within_s=HOUR_S)]
    if email is not None:
        limits.append(text_limit("register-email", email.folded, at_most=PER_EMAIL_AND_DAY, within_s=24 * HOUR_S))
    return limits


def _collect_faults(rule: Callable[[str], T], text: str, faults: dict[str, str]) -> T | None:
    try:
        return rule(text)
    except InvalidInput as exc:
        faults |= exc.errors
        return None
