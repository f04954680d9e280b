"""Users, described for its OpenAPI document."""

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
    """A way to reach the user; theirs only once it is proven."""

    kind: Literal["email", "phone"]
    address: str
    created_at: datetime
    verified_at: datetime | None


class Account(User):
    """An account with its contacts."""

    contacts: list[Contact]
    deletion_due_at: datetime | None


class Actor(BaseModel):
    """Who did something; a stranger and the clock have no id."""

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
    "show": Operation(summary="One user with their contacts", access=OPERATOR, responses=ok(Account)),
    "block": Operation(
        summary="Block a user for good and end all their sessions",
        access=OPERATOR,
        body={JSON: Block},
        examples={JSON: {"reason": "fraud, case 4711"}},
        responses=no_content("Nobody acts in this name any more."),
        error_statuses=(409,),
    ),
    "grant_role": Operation(
        summary="Grant a role", access=OPERATOR, responses=no_content("The user holds it."), error_statuses=(409,)
    ),
    "revoke_role": Operation(
        summary="Revoke a role and end all sessions of the user",
        access=OPERATOR,
        responses=no_content("The user holds it no more."),
        error_statuses=(409,),
    ),
    "erase_soon": Operation(
        summary="Have a blocked user erased",
        access=OPERATOR,
        responses={202: ResponseSpec(description="The clock will do it.")},
        error_statuses=(409,),
    ),
    "audit": Operation(
        summary="What a user did and what was done to them", access=OPERATOR, query=AuditPage, responses=ok(Trail)
    ),
}
