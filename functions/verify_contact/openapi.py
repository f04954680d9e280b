"""Verify-contact, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.verify_contact.edge import Code
from shared.domain.accounts.contacts import Kind
from shared.domain.accounts.users import State
from shared.web.openapi import JSON, USER, Operation, ok


class Sent(BaseModel):
    """A message is on its way; until when its code is taken."""

    kind: Kind
    expires_at: datetime


class Proven(BaseModel):
    """The address is the caller's, and where they stand now."""

    kind: Kind
    address: str
    verified_at: datetime
    state: State


OPERATIONS = {
    "send_code": Operation(
        summary="Send a code to the address that was named last",
        access=USER,
        headers={"Accept-Language": "of the message"},
        responses=ok(Sent, "On its way.", status=202),
        error_statuses=(404, 409, 429),
    ),
    "prove": Operation(
        summary="Prove an address with the code that was sent there",
        access=USER,
        body={JSON: Code},
        examples={JSON: {"code": "123456"}},
        responses=ok(Proven),
        error_statuses=(404, 409, 429),
    ),
}
