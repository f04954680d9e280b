"""Accept proofs of identity, show them to operators, and apply their decisions."""

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
    """The store of requests. Every step, and every read of a file, is recorded in the audit trail."""

    def submit(
        self, user_id: str, files: tuple[File, ...], save: Callable[[], None], *, by: Actor, now: datetime
    ) -> Request:
        """Store a request, with its files saved before anybody can see it; errors as
        `identity.require_submission_allowed`.
        """

    def list_of_user(self, user_id: str) -> list[Request]:
        """Return the user's requests, the latest first."""

    def list_by_state(self, state: Decision, *, after: str, limit: int) -> list[Request]:
        """Return requests, the oldest first; `after` is a request's id or empty."""

    def request(self, request_id: str) -> Request:
        """Return the request; `NotFound` when there is none."""

    def decide(self, request_id: str, decision: Decision, reason: str, *, by: Actor, now: datetime) -> Request:
        """Approve, which makes the user active and puts `UserVerified` into the outbox, or reject.

        `Conflict` when it was decided or the user is blocked; `Forbidden` when `by` is no operator, or the user.
        """

    def read_file(self, request_id: str, part: Part, *, by: Actor, now: datetime) -> tuple[str, File]:
        """Return the owner's id and the file, and record that it is read.

        `NotFound` when there is none; `Forbidden` when `by` is no longer an operator.
        """

    def forget(self, user_id: str) -> None:
        """Delete all requests of a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports that the function needs."""

    identities: Identities
    objects: Objects
    throttle: Throttle
    tokens: Tokens
    clock: Clock
    publish_events: Callable[[], None] | None = None
    """Publishes waiting events once a request is answered."""
    probes: Probes = field(default_factory=dict)


def submit(caller: Caller, by: Actor, contents: Mapping[str, bytes], deps: Deps) -> Request:
    """Store a request for approval.

    Raises
    ------
    InvalidInput : names the parts at fault.
    Conflict : no contact is verified yet, the identity is approved, or a request is pending.
    Forbidden : the account is blocked or deleted.
    Overloaded : too many requests within a day.
    Unavailable : the object store is silent, or requests cannot be counted.
    """
    files = identity.validate_files(contents, {part: str(uuid.uuid4()) for part in contents})
    now = deps.clock.now()
    limits = [Limit(name=f"identity:{caller.user_id}", at_most=_REQUESTS_PER_DAY, within_s=_DAY_S)]
    attempt = deps.throttle.take(limits, now=now)

    def save() -> None:
        for file in files:
            deps.objects.put(identity.object_name(caller.user_id, file), contents[file.part])

    try:
        return deps.identities.submit(caller.user_id, files, save, by=by, now=now)
    except TouchlineError:
        deps.throttle.give_back(limits, attempt)
        raise


def list_own(caller: Caller, deps: Deps) -> list[Request]:
    """Return the caller's requests, the latest first."""
    return deps.identities.list_of_user(caller.user_id)


def list_requests(caller: Caller, state: Decision, *, after: str, limit: int, deps: Deps) -> list[Request]:
    """Return requests in a state, the oldest first."""
    access.require_operator(caller)
    return deps.identities.list_by_state(state, after=after, limit=limit)


def read_request(caller: Caller, request_id: str, deps: Deps) -> Request:
    """Return one request: of the caller, or any for an operator."""
    request = deps.identities.request(request_id)
    access.require_owner_or_operator(caller, request.user_id, f"request {request_id}")
    return request


def decide(caller: Caller, by: Actor, request_id: str, decision: Decision, reason: str, deps: Deps) -> Request:
    """Approve or reject; of two operators who decide at once the second gets `Conflict`."""
    access.require_operator(caller)
    return deps.identities.decide(request_id, decision, reason, by=by, now=deps.clock.now())


def read_file(caller: Caller, by: Actor, request_id: str, part: Part, deps: Deps) -> tuple[File, bytes]:
    """Return a file with its bytes, for operators only: a stolen session of the user must not reveal it."""
    access.require_operator(caller)
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
