"""The request body of register and the JSON of a user."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from shared.domain.accounts.users import User
from shared.web.request_models import Body


class Credentials(Body):
    """The body of a registration; `shared.domain.accounts` has the rules."""

    username: str = Field(description="3 to 64 letters, digits, '.', '_' or '-'; unique without regard to case")
    password: str = Field(description="10 to 1024 characters, no NUL, not the username, none known from breaches")
    email: str | None = Field(default=None, max_length=320, description="yours once you prove it")


def to_json(user: User) -> dict[str, Any]:
    """Return an account in JSON's terms."""
    return {"id": user.id, "username": user.username, "state": user.state, "created_at": user.created_at}
