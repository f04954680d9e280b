"""Take what proves an identity, show it to operators, and do what they decide."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.domain.accounts import identity
from shared.domain.accounts.audit import Actor
from shared.domain.accounts.identity import Decision, File, Part, Request
from shared.errors import Corrupted, TouchlineError
from shared.events.envelope import Event
from shared.events.users import UserDeleted
from shared.ports.accounts import Limit, Throttle
from shared.ports.clock import Clock
from shared.ports.objects import Objects
from shared.ports.probes import Probes
from shared.security import access
from shared.security.tokens import Caller, Tokens

_REQUESTS_PER_DAY = 5
_DAY_S = 86_400


class Identities(Protocol):
    """Where requests are kept. Every step, and every look at a file, is recorded in the audit trail."""

    def submit(
        self, user_id: str, files: tuple[File, ...], save: Callable[[], None], *, by: Actor, now: datetime
    ) -> Request:
        """Keep a request, with its files saved before anybody can see it; errors as
        `identity.require_submission_allowed`.
        """

    def of_user(self, user_id: str) -> list[Request]:
        """The user's requests, the latest first."""

    def queue(self, state: Decision, *, after: str, limit: int) -> list[Request]:
        """The oldest first; `after` is a request's id or empty."""

    def request(self, request_id: str) -> Request:
        """The request; `NotFound` when there is none."""

    def decide(self, request_id: str, decision: Decision, reason: str, *, by: Actor, now: datetime) -> Request:
        """Approve, which makes the user active and puts `UserVerified` into the outbox, or reject.

        `Conflict` when it was decided or the user is blocked; `Forbidden` when `by` is no operator, or the user.
        """

    def read_file(self, request_id: str, part: Part, *, by: Actor, now: datetime) -> tuple[str, File]:
        """The owner's id and the file, of which it is recorded that it is read.

        `NotFound` when there is none; `Forbidden` when `by` is no operator any more.
        """

    def forget(self, user_id: str) -> None:
        """Drop all requests of a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What the function stands on."""

    identities: Identities
    objects: Objects
    throttle: Throttle
    tokens: Tokens
    clock: Clock
    tell: Callable[[], None] | None = None
    """Hands facts to the broker once a request is answered."""
    probes: Probes = field(default_factory=dict)


def submit(who: Caller, by: Actor, contents: Mapping[str, bytes], deps: Deps) -> Request:
    """Ask to be approved.

    Raises
    ------
    InvalidInput : names the parts at fault.
    Conflict : no contact is proven yet, the identity is approved, or a request is waiting.
    Forbidden : the account is blocked or deleted.
    Overloaded : too many requests within a day.
    Unavailable : the object store is silent, or requests cannot be counted.
    """
    files = identity.validate_files(contents, {part: str(uuid.uuid4()) for part in contents})
    now = deps.clock.now()
    limits = [Limit(name=f"identity:{who.user_id}", at_most=_REQUESTS_PER_DAY, within_s=_DAY_S)]
    attempt = deps.throttle.take(limits, now=now)

    def save() -> None:
        for file in files:
            deps.objects.put(identity.object_name(who.user_id, file), contents[file.part])

    try:
        return deps.identities.submit(who.user_id, files, save, by=by, now=now)
    except TouchlineError:
        deps.throttle.give_back(limits, attempt)
        raise


def mine(who: Caller, deps: Deps) -> list[Request]:
    """The caller's requests, the latest first."""
    return deps.identities.of_user(who.user_id)


def queue(who: Caller, state: Decision, *, after: str, limit: int, deps: Deps) -> list[Request]:
    """Requests in a state, the oldest first."""
    access.require_operator(who)
    return deps.identities.queue(state, after=after, limit=limit)


def show(who: Caller, request_id: str, deps: Deps) -> Request:
    """One request: of the caller, or any for an operator."""
    found = deps.identities.request(request_id)
    access.require_owner_or_operator(who, found.user_id, f"request {request_id}")
    return found


def decide(who: Caller, by: Actor, request_id: str, decision: Decision, reason: str, deps: Deps) -> Request:
    """Approve or reject; of two operators who decide at once the second is told that it is decided."""
    access.require_operator(who)
    return deps.identities.decide(request_id, decision, reason, by=by, now=deps.clock.now())


def read_file(who: Caller, by: Actor, request_id: str, part: Part, deps: Deps) -> tuple[File, bytes]:
    """A file with its bytes, for operators only: who stole a user's session learns nothing more by it."""
    access.require_operator(who)
    user_id, file = deps.identities.read_file(request_id, part, by=by, now=deps.clock.now())
    content = deps.objects.get(identity.object_name(user_id, file))
    if hashlib.sha256(content).digest() != file.sha256:
        raise Corrupted(f"file {file.id} of request {request_id} is not what was handed in")
    return file, content


def forget(event: Event, deps: Deps) -> None:
    """Delete all files and requests of a user who was deleted; the files first, so that none is left unknown."""
    user_id = UserDeleted.from_event(event).user_id
    deps.objects.delete_all(identity.object_folder(user_id))
    deps.identities.forget(user_id)
