"""Show, change, export and delete accounts for their owners, and erase those that are due."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.domain.accounts.audit import CLOCK, Actor, AuditEntry
from shared.domain.accounts.contacts import Address
from shared.domain.accounts.lifecycle import DELIVERED_RETENTION, GRACE, Profile, require_usable
from shared.domain.accounts.users import Login
from shared.errors import Forbidden, InvalidInput, TouchlineError
from shared.events.envelope import Event
from shared.events.ticks import task_of
from shared.outbox import OutboxRelay
from shared.ports.accounts import AuditTrail, Limit, Throttle
from shared.ports.clock import Clock
from shared.ports.events import Outbox
from shared.ports.probes import Probes
from shared.security import password_rules
from shared.security.grants import Grants
from shared.security.passwords import Passwords
from shared.security.tokens import Caller, Tokens

WINDOW_S = 15 * 60
EXPORTS_PER_DAY = 10
_DAY_S = 86_400
_ERASED_AT_ONCE = 100


class Accounts(Protocol):
    """The store of accounts. Every change is recorded in the audit trail by the same transaction."""

    def profile(self, user_id: str) -> Profile:
        """Return the account; `NotFound` when there is none."""

    def login(self, user_id: str) -> Login:
        """Return the account with the hash of the password."""

    def change_password(self, user_id: str, *, old: str, new: str, keep: str, by: Actor, now: datetime) -> list[str]:
        """Replace the hash and end every session but `keep`; return the ids of those that ended.

        `Conflict` when the stored hash is no longer the old one, `Forbidden` in a terminal state.
        """

    def claim(self, user_id: str, address: Address, *, by: Actor, now: datetime) -> None:
        """Store an address to be verified, in place of an earlier claim of its kind; `Conflict` when it is verified."""

    def request_deletion(self, user_id: str, *, due_at: datetime, by: Actor, now: datetime) -> list[str]:
        """Schedule the deletion and end all sessions; return their ids. `Conflict` for the last operator."""

    def cancel_deletion(self, user_id: str, *, by: Actor, now: datetime) -> None:
        """Cancel the deletion."""

    def list_due(self, *, now: datetime, at_most: int) -> list[str]:
        """Return users whose grace period is over."""

    def erase(self, user_id: str, *, by: Actor, now: datetime) -> bool:
        """Erase a user who is still due and put `UserDeleted` into the outbox; return whether this call did."""

    def export(self, user_id: str) -> str:
        """Return what accounts store about a user, as one JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of an export that other areas store."""

    contents: dict[str, Any]
    """By the name of the part."""
    missing: list[str]
    """Names of parts whose area did not respond."""


class ExportParts(Protocol):
    """The other areas that store something of a user."""

    def collect(self, token: str) -> Parts:
        """Return the parts of the user who holds this access token; those of silent areas are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports that the function needs."""

    accounts: Accounts
    audit_trail: AuditTrail
    passwords: Passwords
    throttle: Throttle
    grants: Grants
    export_parts: ExportParts
    outbox: Outbox
    relay: OutboxRelay
    clock: Clock
    tries_per_account: int
    probes: Probes = field(default_factory=dict)

    @property
    def tokens(self) -> Tokens:
        """The access tokens that callers send."""
        return self.grants.tokens


def me(caller: Caller, deps: Deps) -> Profile:
    """Return the caller's account; `Forbidden` when it is blocked or deleted."""
    profile = deps.accounts.profile(caller.user_id)
    require_usable(profile.user)
    return profile


def change_password(caller: Caller, by: Actor, current: str, new_password: str, deps: Deps) -> None:
    """Replace the password and end all other sessions.

    Raises
    ------
    InvalidInput : the new one breaks a rule, or is the current one.
    Forbidden : the current one is wrong.
    Overloaded, Unavailable : as `confirm`.
    """
    new_password = password_rules.validate_new(new_password, username=caller.username)
    old = confirm(caller, by, current, deps)
    if unicodedata.normalize("NFC", current) == new_password:
        raise InvalidInput("the password is the current one", errors={"new_password": "is the current one"})
    new = deps.passwords.hash(new_password)
    now = deps.clock.now()
    ended = deps.accounts.change_password(caller.user_id, old=old, new=new, keep=caller.session_id, by=by, now=now)
    deps.grants.revoke_access_tokens(ended)


def claim_contact(caller: Caller, by: Actor, address: Address, password: str, deps: Deps) -> None:
    """Store an e-mail address or phone number to be verified; the verified one stays until then."""
    confirm(caller, by, password, deps)
    deps.accounts.claim(caller.user_id, address, by=by, now=deps.clock.now())


def request_deletion(caller: Caller, by: Actor, password: str, deps: Deps) -> datetime:
    """End all sessions now and schedule the deletion; return when it is due. A second request changes nothing."""
    confirm(caller, by, password, deps)
    now = deps.clock.now()
    due_at = deps.accounts.profile(caller.user_id).deletion_due_at or now + GRACE
    deps.grants.revoke_access_tokens(deps.accounts.request_deletion(caller.user_id, due_at=due_at, by=by, now=now))
    return due_at


def cancel_deletion(caller: Caller, by: Actor, deps: Deps) -> Profile:
    """Cancel the deletion."""
    deps.accounts.cancel_deletion(caller.user_id, by=by, now=deps.clock.now())
    return me(caller, deps)


def export(caller: Caller, by: Actor, token: str, deps: Deps) -> dict[str, Any]:
    """Return everything stored about the caller; the request is recorded first.

    ``missing`` names the areas that did not respond. The part of accounts is never missing.

    Raises
    ------
    Overloaded : too many exports lately; each is recorded, and so makes the next one longer.
    Unavailable : exports cannot be counted.
    """
    require_usable(deps.accounts.profile(caller.user_id).user)
    limits = [Limit(name=f"export:{caller.user_id}", at_most=EXPORTS_PER_DAY, within_s=_DAY_S)]
    deps.throttle.take(limits, now=deps.clock.now())
    deps.audit_trail.record(AuditEntry(action="user.export", by=by, user_id=caller.user_id), now=deps.clock.now())
    parts = deps.export_parts.collect(token)
    return {**parts.contents, **json.loads(deps.accounts.export(caller.user_id)), "missing": parts.missing}


def confirm(caller: Caller, by: Actor, password: str, deps: Deps) -> str:
    """Verify the caller's password and return its hash: a stolen token alone must change nothing that matters.

    Raises
    ------
    Forbidden : the password is wrong, or the account is blocked or deleted.
    Overloaded : it was wrong too often lately, or too many passwords are being checked.
    Unavailable : failures cannot be counted, so nobody may guess.
    """
    limits = [Limit(name=f"password:{caller.user_id}", at_most=deps.tries_per_account, within_s=WINDOW_S)]
    attempt = deps.throttle.take(limits, now=deps.clock.now())
    try:
        login = deps.accounts.login(caller.user_id)
        require_usable(login.user)
        matches = deps.passwords.matches(password, login.password_hash)
    except TouchlineError:
        deps.throttle.give_back(limits, attempt)  # no guess was answered
        raise
    if not matches or login.password_hash is None:
        wrong = AuditEntry(action="user.confirm", by=by, user_id=caller.user_id, outcome="refused")
        deps.audit_trail.record(wrong, now=deps.clock.now())
        raise Forbidden("the password is wrong")
    deps.throttle.give_back(limits, attempt)
    return login.password_hash


def tick(event: Event, deps: Deps) -> None:
    """Run the task that a timer event names: ``relay``, ``erase`` or ``tidy``."""
    _TASKS[task_of(event, _TASKS)](deps)


def _erase(deps: Deps) -> None:
    now = deps.clock.now()
    for user_id in deps.accounts.list_due(now=now, at_most=_ERASED_AT_ONCE):
        deps.accounts.erase(user_id, by=CLOCK, now=now)
    deps.relay.run()


def _tidy(deps: Deps) -> None:
    deps.outbox.forget(before=deps.clock.now() - DELIVERED_RETENTION)


_TASKS: dict[str, Callable[[Deps], None]] = {
    "relay": lambda deps: deps.relay.run(),
    "erase": _erase,
    "tidy": _tidy,
}
