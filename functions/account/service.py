"""What users do to their own account, and what time does to it."""

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
    """Where accounts are kept. Every change is recorded in the audit trail by the same transaction."""

    def profile(self, user_id: str) -> Profile:
        """The account; `NotFound` when there is none."""

    def login(self, user_id: str) -> Login:
        """The same with the hash of the password."""

    def change_password(self, user_id: str, *, old: str, new: str, keep: str, by: Actor, now: datetime) -> list[str]:
        """Replace the hash and end every session but one; the ids of those that ended.

        `Conflict` when the hash is not the old one any more, `Forbidden` in a terminal state.
        """

    def claim(self, user_id: str, address: Address, *, by: Actor, now: datetime) -> None:
        """Note an address to be proven, instead of an earlier claim of its kind; `Conflict` when it is proven."""

    def ask_deletion(self, user_id: str, *, due_at: datetime, by: Actor, now: datetime) -> list[str]:
        """Note when the user is to be deleted and end all sessions; their ids. `Conflict` for the last operator."""

    def come_back(self, user_id: str, *, by: Actor, now: datetime) -> None:
        """Forget the wish to be deleted."""

    def due(self, *, now: datetime, at_most: int) -> list[str]:
        """Users whose time of grace is over."""

    def erase(self, user_id: str, *, by: Actor, now: datetime) -> bool:
        """Erase a user who is still due and put `UserDeleted` into the outbox; whether this did it."""

    def export(self, user_id: str) -> str:
        """What accounts keep about a user, as one JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the areas beside accounts keep of a user."""

    contents: dict[str, Any]
    """By the name of the part."""
    missing: list[str]
    """Names of parts that did not come."""


class ExportParts(Protocol):
    """The areas beside accounts that keep something of a user."""

    def collect(self, token: str) -> Parts:
        """Return the parts of the user who holds this access token; a part that does not come is named as missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What the function stands on."""

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


def me(who: Caller, deps: Deps) -> Profile:
    """The caller's account; `Forbidden` when it is blocked or deleted meanwhile."""
    found = deps.accounts.profile(who.user_id)
    require_usable(found.user)
    return found


def change_password(who: Caller, by: Actor, current: str, wanted: str, deps: Deps) -> None:
    """Replace the password and end all other sessions.

    Raises
    ------
    InvalidInput : the new one breaks a rule, or is the current one.
    Forbidden : the current one is wrong.
    Overloaded, Unavailable : as `confirm`.
    """
    wanted = password_rules.validate_new(wanted, username=who.username)
    old = confirm(who, by, current, deps)
    if unicodedata.normalize("NFC", current) == wanted:
        raise InvalidInput("the password is the current one", errors={"new_password": "is the current one"})
    new = deps.passwords.hash(wanted)
    now = deps.clock.now()
    ended = deps.accounts.change_password(who.user_id, old=old, new=new, keep=who.session_id, by=by, now=now)
    deps.grants.revoke_access_tokens(ended)


def claim(who: Caller, by: Actor, address: Address, password: str, deps: Deps) -> None:
    """Note an e-mail address or phone number that the caller is to prove; what is proven stands until then."""
    confirm(who, by, password, deps)
    deps.accounts.claim(who.user_id, address, by=by, now=deps.clock.now())


def ask_deletion(who: Caller, by: Actor, password: str, deps: Deps) -> datetime:
    """End all sessions now and the account later; when. Asking again changes nothing of that."""
    confirm(who, by, password, deps)
    now = deps.clock.now()
    due_at = deps.accounts.profile(who.user_id).deletion_due_at or now + GRACE
    deps.grants.revoke_access_tokens(deps.accounts.ask_deletion(who.user_id, due_at=due_at, by=by, now=now))
    return due_at


def come_back(who: Caller, by: Actor, deps: Deps) -> Profile:
    """Keep the account after all."""
    deps.accounts.come_back(who.user_id, by=by, now=deps.clock.now())
    return me(who, deps)


def export(who: Caller, by: Actor, token: str, deps: Deps) -> dict[str, Any]:
    """All that is kept about the caller; that it was asked for is recorded first.

    ``missing`` names the areas that did not answer. What accounts keep themselves is never missing.

    Raises
    ------
    Overloaded : asked too often lately; every export is recorded, and so makes the next one longer.
    Unavailable : exports cannot be counted.
    """
    require_usable(deps.accounts.profile(who.user_id).user)
    limits = [Limit(name=f"export:{who.user_id}", at_most=EXPORTS_PER_DAY, within_s=_DAY_S)]
    deps.throttle.take(limits, now=deps.clock.now())
    deps.audit_trail.record(AuditEntry(action="user.export", by=by, user_id=who.user_id), now=deps.clock.now())
    parts = deps.export_parts.collect(token)
    return {**parts.contents, **json.loads(deps.accounts.export(who.user_id)), "missing": parts.missing}


def confirm(who: Caller, by: Actor, password: str, deps: Deps) -> str:
    """The hash of the caller's password, which they know: a stolen token alone changes nothing that matters.

    Raises
    ------
    Forbidden : the password is wrong, or the account is blocked or deleted.
    Overloaded : it was wrong too often lately, or too many passwords are being checked.
    Unavailable : failures cannot be counted, so nobody may guess.
    """
    limits = [Limit(name=f"password:{who.user_id}", at_most=deps.tries_per_account, within_s=WINDOW_S)]
    attempt = deps.throttle.take(limits, now=deps.clock.now())
    try:
        found = deps.accounts.login(who.user_id)
        require_usable(found.user)
        right = deps.passwords.matches(password, found.password_hash)
    except TouchlineError:
        deps.throttle.give_back(limits, attempt)  # no guess was answered
        raise
    if not right or found.password_hash is None:
        wrong = AuditEntry(action="user.confirm", by=by, user_id=who.user_id, outcome="refused")
        deps.audit_trail.record(wrong, now=deps.clock.now())
        raise Forbidden("the password is wrong")
    deps.throttle.give_back(limits, attempt)
    return found.password_hash


def tick(event: Event, deps: Deps) -> None:
    """Do what the clock asks for: ``relay``, ``erase`` or ``tidy``."""
    _TASKS[_task(event)](deps)


def _task(event: Event) -> str:
    try:
        task: Any = json.loads(event.data)["task"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise InvalidInput(f"event {event.id}: names no task") from exc
    if not isinstance(task, str) or task not in _TASKS:
        raise InvalidInput(f"event {event.id}: there is no such task")
    return task


def _erase(deps: Deps) -> None:
    now = deps.clock.now()
    for user_id in deps.accounts.due(now=now, at_most=_ERASED_AT_ONCE):
        deps.accounts.erase(user_id, by=CLOCK, now=now)
    deps.relay.run()


def _tidy(deps: Deps) -> None:
    deps.outbox.forget(before=deps.clock.now() - DELIVERED_RETENTION)


_TASKS: dict[str, Callable[[Deps], None]] = {
    "relay": lambda deps: deps.relay.run(),
    "erase": _erase,
    "tidy": _tidy,
}
