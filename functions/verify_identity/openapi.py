"""The OpenAPI operations of verify-identity."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.verify_identity.edge import FORM, Rejection, RequestsQuery
from shared.domain.accounts.identity import Decision, Part
from shared.events.users import UserDeleted
from shared.web.openapi import JSON, OPERATOR, USER, Operation, ResponseSpec, event_operation, ok

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
    """A user's request for approval."""

    id: str
    user_id: str
    state: Decision
    submitted_at: datetime
    decided_at: datetime | None
    reason: str
    files: list[File]


class Requests(BaseModel):
    """The requests of one user, the latest first."""

    items: list[Request]


class RequestsPage(Requests):
    """One page, the oldest first."""

    next: str | None


_PART = {"part": {"type": "string", "enum": [part.value for part in Part]}}

OPERATIONS = {
    "submit": Operation(
        summary="Submit proofs of identity for approval by an operator",
        access=USER,
        body={FORM: Submission},
        responses=ok(Request, "The request is pending.", status=201, Location="the URL of the request"),
        error_statuses=(403, 409, 429),
    ),
    "list_own": Operation(summary="The caller's requests", access=USER, responses=ok(Requests)),
    "list_requests": Operation(
        summary="Requests in a state", access=OPERATOR, query=RequestsQuery, responses=ok(RequestsPage)
    ),
    "read_request": Operation(
        summary="One request of the caller, or any for an operator", access=USER, responses=ok(Request)
    ),
    "approve": Operation(summary="Approve a request", access=OPERATOR, responses=ok(Request), error_statuses=(409,)),
    "reject": Operation(
        summary="Reject a request",
        access=OPERATOR,
        body={JSON: Rejection},
        examples={JSON: {"reason": "the document has expired"}},
        responses=ok(Request),
        error_statuses=(409,),
    ),
    "read_file": Operation(
        summary="A file of a request, as an attachment",
        access=OPERATOR,
        path=_PART,
        responses={200: ResponseSpec(description="The file as it was sent.", content=dict.fromkeys(_TYPES, bytes))},
    ),
    "forget": event_operation(UserDeleted.TYPE, "Delete the files and requests of a deleted user"),
}
