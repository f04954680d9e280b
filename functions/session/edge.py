"""The request bodies and responses of session."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request
from pydantic import Field

from functions.session import service
from shared.domain.accounts.users import Session
from shared.security.tokens import Caller
from shared.web import callers, http
from shared.web.request_models import Body, Query

_KEYS_MAX_AGE_S = 300


class Refresh(Body):
    """The body that holds a refresh token."""

    refresh_token: str = Field(max_length=512)


class EndSessions(Query):
    """The query of DELETE /sessions."""

    keep_current: bool = Field(default=False, description="keep the session of this request")


def refresh(deps: service.Deps) -> Response:
    """Return new tokens in the body, or in cookies when the refresh token came in a cookie."""
    if request.get_data() or not (cookie := callers.read_refresh_cookie()):
        return callers.token_response(deps.grants.renew(http.read_body(Refresh).refresh_token, callers.client()))
    return callers.set_token_cookies(http.no_content(), deps.grants.renew(cookie, callers.client()))


def logout(deps: service.Deps) -> Response:
    """End the session of the refresh token."""
    if request.get_data() or not (cookie := callers.read_refresh_cookie()):
        deps.grants.end(http.read_body(Refresh).refresh_token, callers.client())
        return http.no_content()
    deps.grants.end(cookie, callers.client())
    return callers.clear_token_cookies(http.no_content())


def list_sessions(deps: service.Deps) -> Response:
    """Return the caller's sessions."""
    caller = callers.caller(deps)
    return callers.private_json(
        {"items": [_session_to_json(each, caller) for each in service.list_sessions(caller, deps)]}
    )


def end_session(session_id: UUID, deps: service.Deps) -> Response:
    """End one session of the caller."""
    caller = callers.caller(deps)
    service.revoke(caller, callers.actor(caller), str(session_id), deps)
    return http.no_content()


def end_sessions(deps: service.Deps) -> Response:
    """End all sessions of the caller, or all others."""
    caller = callers.caller(deps)
    service.revoke_all(caller, callers.actor(caller), deps, keep_current=http.read_query(EndSessions).keep_current)
    return http.no_content()


def keys(deps: service.Deps) -> Response:
    """Return the public keys that verify access tokens (RFC 7517); none with HS256, whose key is a secret."""
    response = http.cacheable_json({"keys": deps.grants.tokens.keys.public()}, max_age_s=_KEYS_MAX_AGE_S)
    response.content_type = "application/jwk-set+json"
    return response


def _session_to_json(session: Session, caller: Caller) -> dict[str, Any]:
    return {
        "id": session.id,
        "device": session.client.device,
        "user_agent": session.client.user_agent,
        "address": session.client.address,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": session.expires_at,
        "current": session.id == caller.session_id,
    }
