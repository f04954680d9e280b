"""Account, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from functions.account.edge import Deletion, NewEmail, NewPassword, NewPhone
from shared.domain.accounts.users import State
from shared.web.openapi import JSON, USER, Operation, event_operation, no_content, ok


class Contact(BaseModel):
    """A way to reach the user; theirs only once it is proven."""

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
    """An address that has yet to be proven."""

    kind: Literal["email", "phone"]
    address: str
    verified_at: None


class Leaving(BaseModel):
    """Until when the user may come back."""

    deletion_due_at: datetime


_KNOWN = {"password": "correct horse battery"}
_CHANGES = (403, 404, 409, 429)
"""The password is asked for again, and too many wrong ones are refused."""

OPERATIONS = {
    "me": Operation(summary="The caller's account", access=USER, responses=ok(Account), error_statuses=(403, 404)),
    "change_password": Operation(
        summary="Change the password; all other sessions end",
        access=USER,
        body={JSON: NewPassword},
        examples={JSON: {**_KNOWN, "new_password": "staple battery horse"}},
        responses=no_content("The new password holds."),
        error_statuses=_CHANGES,
    ),
    "claim_email": Operation(
        summary="Name an e-mail address, to be proven",
        access=USER,
        body={JSON: NewEmail},
        examples={JSON: {**_KNOWN, "email": "ada@example.org"}},
        responses=ok(Claimed, "Noted.", status=202),
        error_statuses=_CHANGES,
    ),
    "claim_phone": Operation(
        summary="Name a phone number, to be proven",
        access=USER,
        body={JSON: NewPhone},
        examples={JSON: {**_KNOWN, "phone": "+4930123456"}},
        responses=ok(Claimed, "Noted.", status=202),
        error_statuses=_CHANGES,
    ),
    "ask_deletion": Operation(
        summary="Ask to be deleted; there is a time of grace",
        access=USER,
        body={JSON: Deletion},
        examples={JSON: _KNOWN},
        responses=ok(Leaving, "All sessions are over.", status=202),
        error_statuses=_CHANGES,
    ),
    "come_back": Operation(
        summary="Keep the account after all", access=USER, responses=ok(Account), error_statuses=(403, 404, 409)
    ),
    "export": Operation(
        summary="All that is kept about the caller",
        access=USER,
        responses=ok(dict[str, Any]),
        error_statuses=(403, 404, 429),
    ),
    "tick": event_operation("dev.knative.sources.ping", "Erase accounts that are due; hand facts to the broker"),
}
