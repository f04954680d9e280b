"""The bodies login accepts, and how a grant looks outside."""

from __future__ import annotations

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from functions.login.service import Grant
from shared import http
from shared.domain.accounts import ACCESS_LIFETIME


class Credentials(BaseModel):
    """A claim to be somebody."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)
    username: str
    password: str


class Refresh(BaseModel):
    """A refresh token from an earlier answer."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)
    refresh_token: str = Field(max_length=512)


def granted(grant: Grant) -> Response:
    """The answer of RFC 6749, section 5.1; nobody on the way may keep it."""
    payload = {
        "access_token": grant.access_token,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_LIFETIME.total_seconds()),
        "refresh_token": grant.refresh_token,
    }
    return http.answer(payload, headers={"Cache-Control": "no-store"})
