"""The body register accepts, and how a user looks outside."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.accounts import User


class Credentials(BaseModel):
    """A wish to register. The rules are in `shared.domain.accounts`; strict, so that no number becomes text."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)
    username: str = Field(description="3 to 64 letters, digits, '.', '_' or '-'; unique without regard to case")
    password: str = Field(description="10 to 72 bytes of UTF-8, no NUL")


def shown(user: User) -> dict[str, Any]:
    """The account as its owner sees it."""
    return {"id": user.id, "username": user.username, "created_at": user.created_at}
