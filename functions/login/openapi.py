"""The OpenAPI operations of login."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from functions.login.edge import Credentials, LoginForm, TokenBody, TokenRequest
from shared.web.openapi import FORM, JSON, PROBLEM, Granted, Operation, Problem, ResponseSpec, ok


class Refusal(BaseModel):
    """An error response of OAuth 2 (RFC 6749, section 5.2)."""

    error: Literal[
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "invalid_scope",
        "unsupported_grant_type",
        "temporarily_unavailable",
    ]
    error_description: str


_KNOWN = {"username": "ada", "password": "correct horse battery"}
_REFUSAL = {JSON: Refusal}

OPERATIONS = {
    "login": Operation(
        summary="Log in: tokens for JSON, cookies for a form of our own pages",
        body={JSON: Credentials, FORM: LoginForm},
        examples={JSON: {**_KNOWN, "device": "phone"}, FORM: {**_KNOWN, "next": "/"}},
        responses={
            **ok(Granted, "A session has begun."),
            303: ResponseSpec(
                description="A session has begun; its tokens are in cookies.",
                headers={"Location": "a path of this site", "Set-Cookie": "both tokens, out of scripts' reach"},
            ),
        },
        error_statuses=(401, 403, 429),
    ),
    "token": Operation(
        summary="The token endpoint of OAuth 2: grants `password` and `refresh_token`",
        body={FORM: TokenRequest, JSON: TokenBody},
        examples={FORM: {"grant_type": "password", **_KNOWN}, JSON: _KNOWN},
        responses={
            **ok(Granted, "A session has begun, or goes on."),
            400: ResponseSpec(
                description="The request or the grant is not valid.", content={**_REFUSAL, PROBLEM: Problem}
            ),
            401: ResponseSpec(
                description="Clients have no secret here; or name or password of a JSON body are wrong.",
                content={**_REFUSAL, PROBLEM: Problem},
                headers={"WWW-Authenticate": "Basic or Bearer"},
            ),
            429: ResponseSpec(
                description="Too many failures.",
                content={**_REFUSAL, PROBLEM: Problem},
                headers={"Retry-After": "seconds"},
            ),
            503: ResponseSpec(description="Something this needs is silent.", content={**_REFUSAL, PROBLEM: Problem}),
        },
    ),
}
