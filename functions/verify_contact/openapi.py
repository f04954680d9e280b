"""The OpenAPI operations of verify-contact."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.verify_contact.edge import Code
from shared.domain.accounts.contacts import Kind
from shared.domain.accounts.users import State
from shared.web.openapi import JSON, USER, Operation, ok


class Sent(BaseModel):
    """The time until which the code that was sent is valid."""

    kind: Kind
    expires_at: datetime


class Proven(BaseModel):
    """A verified address, and the user's state."""

    kind: Kind
    address: str
    verified_at: datetime
    state: State


OPERATIONS = {
    "send_code": Operation(
        summary="Send a code to the address to be verified",
        access=USER,
        headers={"Accept-Language": "the language of the message"},
        responses=ok(Sent, "The message was sent.", status=202),
        error_statuses=(404, 409, 429),
    ),
    "prove": Operation(
        summary="Verify an address with the code that was sent to it",
        access=USER,
        body={JSON: Code},
        examples={JSON: {"code": "123456"}},
        responses=ok(Proven),
        error_statuses=(404, 409, 429),
    ),
}
