"""Requests to be approved, in Postgres; the bytes of their files are elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres import audit, user_rows
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts import identity, lifecycle
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.accounts.identity import Decision, File, Part, Request
from shared.domain.accounts.users import State
from shared.errors import NotFound
from shared.events.users import UserVerified

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class _RequestRow:
    id: str
    user_id: str
    state: str
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: str
    reason: str

    def request(self, files: list[_FileRow]) -> Request:
        return Request(
            id=self.id,
            user_id=self.user_id,
            state=Decision(self.state),
            submitted_at=self.submitted_at,
            decided_at=self.decided_at,
            decided_by=self.decided_by,
            reason=self.reason,
            files=tuple(row.file() for row in files if row.request_id == self.id),
        )


@dataclass(frozen=True, slots=True)
class _FileRow:
    request_id: str
    id: str
    part: str
    content_type: str
    n_bytes: int
    sha256: bytes

    def file(self) -> File:
        return File(
            id=self.id,
            part=Part(self.part),
            content_type=self.content_type,
            n_bytes=self.n_bytes,
            sha256=bytes(self.sha256),
        )


class PostgresIdentities:
    """The tables of requests and files."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def submit(
        self, user_id: str, files: tuple[File, ...], save: Callable[[], None], *, by: Actor, now: datetime
    ) -> Request:
        """Store a request, with its files saved before anybody can see it."""

        def work(connection: Connection) -> Request:
            user = user_rows.lock_usable_user(connection, user_id)
            identity.require_submission_allowed(
                user, has_pending=_SQL.value(connection, "has_pending", user_id=user_id)
            )
            request_id: str = _SQL.value(connection, "add_request", user_id=user_id, now=now)
            for file in files:
                _SQL.execute(connection, "add_file", request_id=request_id, **asdict(file))
            _record(connection, "identity.submit", request_id, user_id, by, now)
            save()
            return _requests(connection, "request", request_id=request_id)[0]

        return self._database.transaction(work)

    def list_of_user(self, user_id: str) -> list[Request]:
        """Return the user's requests, the latest first."""
        with self._database.connection() as connection:
            return _requests(connection, "of_user", user_id=user_id)

    def list_by_state(self, state: Decision, *, after: str, limit: int) -> list[Request]:
        """Return requests, the oldest first; `after` is a request's id or empty."""
        with self._database.connection() as connection:
            return _requests(connection, "queue", state=state, after=after, limit=limit)

    def request(self, request_id: str) -> Request:
        """Return the request; `NotFound` when there is none."""
        with self._database.connection() as connection:
            return _request(connection, request_id)

    def decide(self, request_id: str, decision: Decision, reason: str, *, by: Actor, now: datetime) -> Request:
        """Approve, which makes the user active, or reject."""

        def work(connection: Connection) -> Request:
            owner_id = _request(connection, request_id).user_id
            user, operators = user_rows.lock_user_and_operators(connection, owner_id)
            lifecycle.require_operator(by, operators)
            lifecycle.require_other_user(by, owner_id)
            # Read again: whoever decided did so under the lock of the user.
            request = _request(connection, request_id)
            identity.require_undecided(request)
            _SQL.execute(connection, "decide", request_id=request_id, state=decision, reason=reason, by=by.id, now=now)
            if decision is Decision.APPROVED and user_rows.change_state(connection, user, State.ACTIVE):
                user_rows.add_event(connection, UserVerified(user_id=owner_id, state=State.ACTIVE, occurred_at=now))
            _record(connection, f"identity.{_VERBS[decision]}", request_id, owner_id, by, now)
            return replace(request, state=decision, decided_at=now, decided_by=by.id, reason=reason)

        return self._database.transaction(work)

    def read_file(self, request_id: str, part: Part, *, by: Actor, now: datetime) -> tuple[str, File]:
        """Return the owner's id and the file, and record that it is read; `NotFound` when there is none."""

        def work(connection: Connection) -> tuple[str, File]:
            user_rows.require_operator(connection, by)
            request = _request(connection, request_id)
            file = next((file for file in request.files if file.part is part), None)
            if file is None:
                raise NotFound(f"request {request_id} has no {part}")
            _record(connection, "identity.read_file", request_id, request.user_id, by, now)
            return request.user_id, file

        return self._database.transaction(work)

    def forget(self, user_id: str) -> None:
        """Delete all requests of a user."""
        _SQL.execute(self._database, "forget", user_id=user_id)


_VERBS = {Decision.APPROVED: "approve", Decision.REJECTED: "reject"}


def _request(connection: Connection, request_id: str) -> Request:
    requests = _requests(connection, "request", request_id=request_id)
    if not requests:
        raise NotFound(f"request {request_id}")
    return requests[0]


def _requests(connection: Connection, name: str, **params: Any) -> list[Request]:
    rows = _SQL.rows(connection, _RequestRow, name, **params)
    files = _SQL.rows(connection, _FileRow, "files", request_ids=[row.id for row in rows])
    return [row.request(files) for row in rows]


def _record(connection: Connection, action: str, request_id: str, user_id: str, by: Actor, now: datetime) -> None:
    audit.write(connection, AuditEntry(action=action, by=by, user_id=user_id, detail={"request": request_id}), now=now)
