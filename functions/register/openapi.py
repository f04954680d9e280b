"""The OpenAPI operations of register."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.register.edge import Credentials
from shared.domain.accounts.users import State
from shared.web.openapi import JSON, Operation, ok


class Account(BaseModel):
    """An account as its owner sees it."""

    id: str
    username: str
    state: State
    created_at: datetime


OPERATIONS = {
    "register": Operation(
        summary="Create an account",
        body={JSON: Credentials},
        examples={JSON: {"username": "ada", "password": "correct horse battery", "email": "ada@example.org"}},
        responses=ok(Account, "The account was created.", status=201),
        error_statuses=(409, 429),
    )
}
