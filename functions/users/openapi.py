"""The OpenAPI operations of users."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from functions.users.edge import AuditPage, Block, Search
from shared.domain.accounts.users import State
from shared.web.openapi import JSON, OPERATOR, Operation, ResponseSpec, no_content, ok


class User(BaseModel):
    """An account as a list shows it."""

    id: str
    username: str
    state: State
    roles: list[str]
    created_at: datetime


class Users(BaseModel):
    """One page, the latest first."""

    items: list[User]
    next: str | None


class Contact(BaseModel):
    """An e-mail address or phone number; the user's once it is verified."""

    kind: Literal["email", "phone"]
    address: str
    created_at: datetime
    verified_at: datetime | None


class Account(User):
    """An account with its contacts."""

    contacts: list[Contact]
    deletion_due_at: datetime | None


class Actor(BaseModel):
    """The actor of a record; a stranger and a timer have no id."""

    kind: Literal["stranger", "user", "operator", "service"]
    id: str | None


class Record(BaseModel):
    """One line of the audit trail."""

    id: str
    at: datetime
    action: str
    outcome: Literal["done", "refused"]
    by: Actor
    user_id: str | None
    address: str
    user_agent: str
    detail: dict[str, str]


class Trail(BaseModel):
    """One page, the latest first."""

    items: list[Record]
    next: str | None


OPERATIONS = {
    "search": Operation(
        summary="Users by name, contact, state and role", access=OPERATOR, query=Search, responses=ok(Users)
    ),
    "read_user": Operation(summary="One user with their contacts", access=OPERATOR, responses=ok(Account)),
    "block": Operation(
        summary="Block a user for good and end all their sessions",
        access=OPERATOR,
        body={JSON: Block},
        examples={JSON: {"reason": "fraud, case 4711"}},
        responses=no_content("The user is blocked."),
        error_statuses=(409,),
    ),
    "grant_role": Operation(
        summary="Grant a role", access=OPERATOR, responses=no_content("The role was granted."), error_statuses=(409,)
    ),
    "revoke_role": Operation(
        summary="Revoke a role and end all sessions of the user",
        access=OPERATOR,
        responses=no_content("The role was revoked."),
        error_statuses=(409,),
    ),
    "schedule_erasure": Operation(
        summary="Schedule the erasure of a blocked user",
        access=OPERATOR,
        responses={202: ResponseSpec(description="Scheduled.")},
        error_statuses=(409,),
    ),
    "read_audit_trail": Operation(
        summary="The audit trail of a user", access=OPERATOR, query=AuditPage, responses=ok(Trail)
    ),
}
