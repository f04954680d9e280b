"""Verify-identity, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.verify_identity.edge import FORM, Queue, Rejection
from shared.domain.accounts.identity import Decision, Part
from shared.events.users import UserDeleted
from shared.web.openapi import JSON, OPERATOR, USER, Answer, Operation, event, ok

_TYPES = ("image/jpeg", "image/png", "application/pdf")


class Submission(BaseModel):
    """Files of 4 MB at most, JPEG, PNG or PDF by their content."""

    model_config = ConfigDict(extra="forbid")
    document_front: bytes
    document_back: bytes = b""
    selfie: bytes


class File(BaseModel):
    """One file of a request."""

    part: Part
    content_type: Literal["image/jpeg", "image/png", "application/pdf"]
    n_bytes: int
    sha256: str = Field(description="hex")


class Request(BaseModel):
    """The wish of a user to be approved."""

    id: str
    user_id: str
    state: Decision
    submitted_at: datetime
    decided_at: datetime | None
    reason: str
    files: list[File]


class Requests(BaseModel):
    """Those of one user, the latest first."""

    items: list[Request]


class RequestsPage(Requests):
    """One page, the oldest first."""

    next: str | None


_PART = {"part": {"type": "string", "enum": [part.value for part in Part]}}

OPERATIONS = {
    "submit": Operation(
        text="Show who you are, to be approved by an operator",
        access=USER,
        body={FORM: Submission},
        answers=ok(Request, "It waits for its decision.", status=201, Location="of the request"),
        refuses=(403, 409, 429),
    ),
    "mine": Operation(text="The caller's requests", access=USER, answers=ok(Requests)),
    "queue": Operation(text="Requests in a state", access=OPERATOR, query=Queue, answers=ok(RequestsPage)),
    "show": Operation(text="One request of the caller, or any for an operator", access=USER, answers=ok(Request)),
    "approve": Operation(text="Approve a request", access=OPERATOR, answers=ok(Request), refuses=(409,)),
    "reject": Operation(
        text="Reject a request",
        access=OPERATOR,
        body={JSON: Rejection},
        examples={JSON: {"reason": "the document has expired"}},
        answers=ok(Request),
        refuses=(409,),
    ),
    "read_file": Operation(
        text="A file, to be saved",
        access=OPERATOR,
        path=_PART,
        answers={200: Answer(text="As it was sent.", content=dict.fromkeys(_TYPES, bytes))},
    ),
    "forget": event(UserDeleted.TYPE, "Delete the files and requests of a deleted user"),
}
