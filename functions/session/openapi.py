"""The OpenAPI operations of session."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from functions.session.edge import EndSessions, Refresh
from shared.web.openapi import JSON, USER, Granted, Operation, ResponseSpec, no_content, ok


class Session(BaseModel):
    """An active session."""

    id: str
    device: str
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class Sessions(BaseModel):
    """The sessions of one user, the last used first."""

    items: list[Session]


class KeySet(BaseModel):
    """Public keys (RFC 7517); none where tokens are signed by a secret."""

    keys: list[dict[str, Any]]


_EXAMPLE = {JSON: {"refresh_token": "kM2v…"}}

OPERATIONS = {
    "refresh": Operation(
        summary="Exchange a refresh token, of the body or of the cookie, for new tokens",
        body={JSON: Refresh},
        body_required=False,
        examples=_EXAMPLE,
        responses={
            **ok(Granted, "New tokens; the old refresh token is no longer valid."),
            **no_content("The same, in cookies."),
        },
        error_statuses=(401, 403),
    ),
    "logout": Operation(
        summary="End the session of a refresh token",
        body={JSON: Refresh},
        body_required=False,
        examples=_EXAMPLE,
        responses=no_content("The session has ended, if there was one."),
        error_statuses=(401, 403),
    ),
    "list_sessions": Operation(summary="The caller's sessions", access=USER, responses=ok(Sessions)),
    "end_sessions": Operation(
        summary="End every session of the caller, or every other one",
        access=USER,
        query=EndSessions,
        responses=no_content("The sessions have ended."),
    ),
    "end_session": Operation(
        summary="End one session of the caller", access=USER, responses=no_content("The session has ended.")
    ),
    "keys": Operation(
        summary="Public keys that verify access tokens",
        responses={
            200: ResponseSpec(
                description="Success.",
                content={"application/jwk-set+json": KeySet},
                headers={"ETag": "changes with the keys"},
            ),
            304: ResponseSpec(description="Not modified."),
        },
    ),
}
