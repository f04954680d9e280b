"""Requests to be approved, in memory; `functions/verify_identity` runs on it in tests."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from shared.domain.accounts import identity, lifecycle, usernames
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.accounts.identity import Decision, File, Part, Request
from shared.domain.accounts.users import State, changes_state
from shared.errors import NotFound
from shared.events.users import UserVerified
from shared.testing.account_lifecycle import MemoryLife


class MemoryIdentities:
    """A list of requests, the oldest first; ids are made in their order."""

    def __init__(self, life: MemoryLife) -> None:
        self._life = life
        self._requests: dict[str, Request] = {}

    def submit(
        self, user_id: str, files: tuple[File, ...], save: Callable[[], None], *, by: Actor, now: datetime
    ) -> Request:
        """Keep a request, with its files saved before anybody can see it."""
        with self._life.lock:
            user = self._life.living(user_id)
            pending = [each for each in self.list_of_user(user_id) if each.state is Decision.PENDING]
            identity.require_submission_allowed(user, has_pending=bool(pending))
            save()
            request_id = str(uuid.UUID(int=len(self._requests) + 1))
            made = Request(
                id=request_id, user_id=user_id, state=Decision.PENDING, submitted_at=now,
                files=tuple(sorted(files, key=lambda file: file.part)),
            )  # fmt: skip
            self._requests[request_id] = made
            self._record("identity.submit", made, by, now)
            return made

    def list_of_user(self, user_id: str) -> list[Request]:
        """The user's requests, the latest first."""
        return [each for each in reversed(self._requests.values()) if each.user_id == user_id]

    def list_by_state(self, state: Decision, *, after: str, limit: int) -> list[Request]:
        """The oldest first; `after` is a request's id or empty."""
        return [each for each in self._requests.values() if each.state is state and each.id > after][:limit]

    def request(self, request_id: str) -> Request:
        """The request; `NotFound` when there is none."""
        if request_id not in self._requests:
            raise NotFound(f"request {request_id}")
        return self._requests[request_id]

    def decide(self, request_id: str, decision: Decision, reason: str, *, by: Actor, now: datetime) -> Request:
        """Approve, which makes the user active, or reject."""
        with self._life.lock:
            request = self.request(request_id)
            user = self._life.users.by_id(request.user_id)
            lifecycle.require_operator(by, self._life.operators())
            lifecycle.require_other_user(by, user.id)
            identity.require_undecided(request)
            if decision is Decision.APPROVED and changes_state(user.state, State.ACTIVE):
                self._life.users.move(usernames.fold(user.username), State.ACTIVE)
                self._life.tell(UserVerified(user_id=user.id, state=State.ACTIVE, occurred_at=now))
            decided = replace(request, state=decision, decided_at=now, decided_by=by.id, reason=reason)
            self._requests[request_id] = decided
            verb = "approve" if decision is Decision.APPROVED else "reject"
            self._record(f"identity.{verb}", request, by, now)
            return decided

    def read_file(self, request_id: str, part: Part, *, by: Actor, now: datetime) -> tuple[str, File]:
        """The owner's id and the file, of which it is recorded that it is read; `NotFound` when there is none."""
        lifecycle.require_operator(by, self._life.operators())
        request = self.request(request_id)
        file = next((file for file in request.files if file.part is part), None)
        if file is None:
            raise NotFound(f"request {request_id} has no {part}")
        self._record("identity.read_file", request, by, now)
        return request.user_id, file

    def forget(self, user_id: str) -> None:
        """Drop all requests of a user."""
        self._requests = {key: each for key, each in self._requests.items() if each.user_id != user_id}

    def _record(self, action: str, request: Request, by: Actor, now: datetime) -> None:
        entry = AuditEntry(action=action, by=by, user_id=request.user_id, detail={"request": request.id})
        self._life.record(entry, now=now)
