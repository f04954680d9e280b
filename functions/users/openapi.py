"""Users, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from functions.users.edge import AuditPage, Block, Search
from shared.domain.accounts.users import State
from shared.web.openapi import JSON, OPERATOR, Answer, Operation, done, ok


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
        text="Users by name, contact, state and role", access=OPERATOR, query=Search, answers=ok(Users)
    ),
    "show": Operation(text="One user with their contacts", access=OPERATOR, answers=ok(Account)),
    "block": Operation(
        text="Block a user for good and end all their sessions",
        access=OPERATOR,
        body={JSON: Block},
        examples={JSON: {"reason": "fraud, case 4711"}},
        answers=done("Nobody acts in this name any more."),
        refuses=(409,),
    ),
    "grant_role": Operation(text="Grant a role", access=OPERATOR, answers=done("The user holds it."), refuses=(409,)),
    "revoke_role": Operation(
        text="Revoke a role and end all sessions of the user",
        access=OPERATOR,
        answers=done("The user holds it no more."),
        refuses=(409,),
    ),
    "erase_soon": Operation(
        text="Have a blocked user erased",
        access=OPERATOR,
        answers={202: Answer(text="The clock will do it.")},
        refuses=(409,),
    ),
    "audit": Operation(
        text="What a user did and what was done to them", access=OPERATOR, query=AuditPage, answers=ok(Trail)
    ),
}
