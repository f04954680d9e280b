"""The bodies session accepts, and how sessions and keys look outside."""

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
    """A refresh token from an earlier answer."""

    refresh_token: str = Field(max_length=512)


class Ending(Query):
    """Which sessions are to end."""

    keep_current: bool = Field(default=False, description="spare the session that asks")


def refresh(deps: service.Deps) -> Response:
    """New tokens: in the body for who sent one there, in cookies for who sent a cookie."""
    if request.get_data() or not (cookie := callers.read_refresh_cookie()):
        return callers.token_response(deps.grants.renew(http.read_body(Refresh).refresh_token, callers.client()))
    return callers.set_token_cookies(Response(status=204), deps.grants.renew(cookie, callers.client()))


def logout(deps: service.Deps) -> Response:
    """The session of the token is over."""
    if request.get_data() or not (cookie := callers.read_refresh_cookie()):
        deps.grants.end(http.read_body(Refresh).refresh_token, callers.client())
        return Response(status=204)
    deps.grants.end(cookie, callers.client())
    return callers.clear_token_cookies(Response(status=204))


def sessions(deps: service.Deps) -> Response:
    """The caller's sessions."""
    who = callers.caller(deps)
    return callers.private_json({"items": [_shown(each, who) for each in service.mine(who, deps)]})


def end_session(session_id: UUID, deps: service.Deps) -> Response:
    """One is over."""
    who = callers.caller(deps)
    service.revoke(who, callers.actor(who), str(session_id), deps)
    return Response(status=204)


def end_sessions(deps: service.Deps) -> Response:
    """All, or all others, are over."""
    who = callers.caller(deps)
    service.revoke_all(who, callers.actor(who), deps, keep_current=http.read_query(Ending).keep_current)
    return Response(status=204)


def keys(deps: service.Deps) -> Response:
    """Public halves of the keys that sign access tokens (RFC 7517); none with HS256, whose key is a secret."""
    response = http.cacheable_json({"keys": deps.grants.tokens.keys.public()}, max_age_s=_KEYS_MAX_AGE_S)
    response.content_type = "application/jwk-set+json"
    return response


def _shown(session: Session, who: Caller) -> dict[str, Any]:
    return {
        "id": session.id,
        "device": session.client.device,
        "user_agent": session.client.user_agent,
        "address": session.client.address,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": session.expires_at,
        "current": session.id == who.session_id,
    }
