"""Authenticate users and begin their sessions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from shared.domain.accounts import usernames
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.accounts.users import TERMINAL, Client, Login, User
from shared.errors import InvalidInput, Overloaded, TouchlineError, Unauthenticated
from shared.ports.accounts import AuditTrail, Limit, Throttle, Users
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.attempt_limits import network_limit, text_limit
from shared.security.grants import Grant, Grants
from shared.security.passwords import Passwords

WINDOW_S = 15 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports that logging in needs."""

    users: Users
    passwords: Passwords
    throttle: Throttle
    grants: Grants
    audit_trail: AuditTrail
    clock: Clock
    tries_per_account: int
    tries_per_address: int
    probes: Probes = field(default_factory=dict)


def login(username: str, password: str, client: Client, deps: Deps) -> Grant:
    """Begin a session.

    Only failures count against the limits. They are checked before the user is looked up, so known and unknown users
    get the same responses.

    Raises
    ------
    Unauthenticated : the same text after the same time, whether the user is unknown, blocked or deleted, or the
        password is wrong.
    Overloaded : too many failures of this account or from this address, or too many passwords are being checked.
    Unavailable : failures cannot be counted, so nobody may guess.
    """
    limits = _limits(username, client.address, deps)
    attempt = deps.throttle.take(limits, now=deps.clock.now())
    try:
        login_row = _find_login(username, deps)
        user = _verify_password(login_row, password, deps)
    except TouchlineError:
        deps.throttle.give_back(limits, attempt)  # the fault is ours
        raise
    if user is None:
        deps.audit_trail.record(_refusal_entry(login_row, client), now=deps.clock.now())
        raise Unauthenticated("the username or the password is wrong")
    deps.throttle.give_back(limits, attempt)
    return deps.grants.begin(user, client)


def _find_login(username: str, deps: Deps) -> Login | None:
    try:
        return deps.users.find_login(usernames.fold(usernames.normalize_username(username)))
    except InvalidInput:
        return None  # no user can have this name


def _verify_password(login_row: Login | None, password: str, deps: Deps) -> User | None:
    hashed = login_row.password_hash if login_row else None
    if (
        not deps.passwords.matches(password, hashed)
        or login_row is None
        or hashed is None
        or login_row.user.state in TERMINAL
    ):
        return None
    if deps.passwords.needs_rehash(hashed):
        _rehash(login_row.user, password, hashed, deps)
    return login_row.user


def _refusal_entry(login_row: Login | None, client: Client) -> AuditEntry:
    """Return the audit entry of a failed login; of an unknown user, too, so that both cost the same."""
    by, user_id = Actor(kind="stranger", client=client), login_row.user.id if login_row else ""
    return AuditEntry(action="session.open", by=by, user_id=user_id, outcome="refused")


def _rehash(user: User, password: str, hashed: str, deps: Deps) -> None:
    """Replace a hash by one of the current cost while the password is available."""
    with suppress(Overloaded):  # the next login tries again
        deps.users.rehash(user.id, old=hashed, new=deps.passwords.hash(password))


def _limits(username: str, address: str, deps: Deps) -> list[Limit]:
    by_account, by_address = deps.tries_per_account, deps.tries_per_address
    return [
        text_limit("account", usernames.fold(username), at_most=by_account, within_s=WINDOW_S),
        network_limit("address", address, at_most=by_address, within_s=WINDOW_S),
    ]
