"""Session, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from functions.session.edge import Ending, Refresh
from shared.web.openapi import JSON, USER, Answer, Granted, Operation, done, ok


class Session(BaseModel):
    """One login that is not over."""

    id: str
    device: str
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class Sessions(BaseModel):
    """Those of one user, the last used first."""

    items: list[Session]


class KeySet(BaseModel):
    """Public keys (RFC 7517); none where tokens are signed by a secret."""

    keys: list[dict[str, Any]]


_EXAMPLE = {JSON: {"refresh_token": "kM2v…"}}

OPERATIONS = {
    "refresh": Operation(
        text="Exchange a refresh token, of the body or of the cookie, for new tokens",
        body={JSON: Refresh},
        body_required=False,
        examples=_EXAMPLE,
        answers={**ok(Granted, "New tokens; the old refresh token is spent."), **done("The same, in cookies.")},
        refuses=(401, 403),
    ),
    "logout": Operation(
        text="End the session of a refresh token",
        body={JSON: Refresh},
        body_required=False,
        examples=_EXAMPLE,
        answers=done("It is over, if there was one."),
        refuses=(401, 403),
    ),
    "sessions": Operation(text="The caller's sessions", access=USER, answers=ok(Sessions)),
    "end_sessions": Operation(
        text="End every session of the caller, or every other one", access=USER, query=Ending, answers=done("Over.")
    ),
    "end_session": Operation(text="End one session of the caller", access=USER, answers=done("It is over.")),
    "keys": Operation(
        text="Public keys that verify access tokens",
        answers={
            200: Answer(text="As asked.", content={"application/jwk-set+json": KeySet}, headers={"ETag": "of this"}),
            304: Answer(text="The caller has it already."),
        },
    ),
}
