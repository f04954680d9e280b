"""The OpenAPI operations of account."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from functions.account.edge import Deletion, NewEmail, NewPassword, NewPhone
from shared.domain.accounts.users import State
from shared.web.openapi import JSON, USER, Operation, event_operation, no_content, ok


class Contact(BaseModel):
    """An e-mail address or phone number; the user's once it is verified."""

    kind: Literal["email", "phone"]
    address: str
    created_at: datetime
    verified_at: datetime | None


class Account(BaseModel):
    """An account as its owner sees it."""

    id: str
    username: str
    state: State
    roles: list[str]
    created_at: datetime
    contacts: list[Contact]
    deletion_due_at: datetime | None


class Claimed(BaseModel):
    """An address that has yet to be verified."""

    kind: Literal["email", "phone"]
    address: str
    verified_at: None


class ScheduledDeletion(BaseModel):
    """The time until which the deletion can be cancelled."""

    deletion_due_at: datetime


_KNOWN = {"password": "correct horse battery"}
_CHANGES = (403, 404, 409, 429)
"""A wrong password is refused, and too many are counted."""

OPERATIONS = {
    "me": Operation(summary="The caller's account", access=USER, responses=ok(Account), error_statuses=(403, 404)),
    "change_password": Operation(
        summary="Change the password; all other sessions end",
        access=USER,
        body={JSON: NewPassword},
        examples={JSON: {**_KNOWN, "new_password": "staple battery horse"}},
        responses=no_content("The password was changed."),
        error_statuses=_CHANGES,
    ),
    "change_email": Operation(
        summary="Change the e-mail address, once it is verified",
        access=USER,
        body={JSON: NewEmail},
        examples={JSON: {**_KNOWN, "email": "ada@example.org"}},
        responses=ok(Claimed, "Stored; it has yet to be verified.", status=202),
        error_statuses=_CHANGES,
    ),
    "change_phone": Operation(
        summary="Change the phone number, once it is verified",
        access=USER,
        body={JSON: NewPhone},
        examples={JSON: {**_KNOWN, "phone": "+4930123456"}},
        responses=ok(Claimed, "Stored; it has yet to be verified.", status=202),
        error_statuses=_CHANGES,
    ),
    "request_deletion": Operation(
        summary="Schedule the deletion of the account; there is a grace period",
        access=USER,
        body={JSON: Deletion},
        examples={JSON: _KNOWN},
        responses=ok(ScheduledDeletion, "All sessions have ended.", status=202),
        error_statuses=_CHANGES,
    ),
    "cancel_deletion": Operation(
        summary="Cancel the deletion", access=USER, responses=ok(Account), error_statuses=(403, 404, 409)
    ),
    "export": Operation(
        summary="Everything stored about the caller",
        access=USER,
        responses=ok(dict[str, Any]),
        error_statuses=(403, 404, 429),
    ),
    "tick": event_operation("dev.knative.sources.ping", "Erase accounts that are due; publish waiting events"),
}
