"""The bodies login accepts, and how its answers look outside."""

from __future__ import annotations

import base64

from flask import Response, redirect, request
from pydantic import BaseModel, ConfigDict, Field

from functions.login import service
from shared.errors import InvalidInput, Overloaded, TouchlineError, Unauthenticated, Unavailable
from shared.security.grants import Grant
from shared.web import callers, http
from shared.web.request_models import Body


class Credentials(Body):
    """A claim to be somebody."""

    username: str
    password: str
    device: str = Field(default="", max_length=64, description="how you call this client in the list of sessions")


class LoginForm(Credentials):
    """The same from a page of ours."""

    next: str = Field(default="/", max_length=2000, description="where to go then; a path of this site")


class TokenRequest(BaseModel):
    """RFC 6749, sections 4.3.2 and 6; what it does not know it ignores, as section 3.2 asks."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)
    grant_type: str = ""
    username: str | None = None
    password: str | None = None
    refresh_token: str | None = None
    scope: str = ""
    client_secret: str = ""


class _Refused(Exception):
    """An answer of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


def login(deps: service.Deps) -> Response:
    """Tokens for an API client that sends JSON, cookies for a browser that sends a form."""
    if request.mimetype == http.FORM:
        return _login_form(deps)
    body = http.read_body(Credentials)
    grant = service.login(body.username, body.password, callers.client(body.device), deps)
    return callers.token_response(grant)


def token(deps: service.Deps) -> Response:
    """The token endpoint of OAuth 2: grants ``password`` and ``refresh_token``, for public clients."""
    try:
        return callers.token_response(_asked_token(deps))
    except InvalidInput as exc:
        return _refusal("invalid_request", str(exc), 400)
    except _Refused as exc:
        return _refusal(exc.error, str(exc), exc.status)
    except Unauthenticated as exc:
        return _refusal("invalid_grant", str(exc), 400)
    except (Overloaded, Unavailable) as exc:
        return _later(exc)


def _login_form(deps: service.Deps) -> Response:
    # Also without a session to abuse: another site could log its visitor in as somebody else.
    callers.require_same_origin()
    form = http.read_form(LoginForm)
    grant = service.login(form.username, form.password, callers.client(form.device), deps)
    response = redirect(_local(form.next), 303)
    assert isinstance(response, Response)
    return callers.set_token_cookies(response, grant)


def _local(path: str) -> str:
    """The path, or ``/`` for what a browser would take for another site."""
    plain = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if plain else "/"


def _asked_token(deps: service.Deps) -> Grant:
    asked = http.read_form(TokenRequest)
    _no_client_secret(asked)
    if not asked.grant_type:
        raise _Refused("invalid_request", "grant_type is missing")
    if asked.scope.strip():
        raise _Refused("invalid_scope", "no scopes are granted to users: their roles decide")
    if asked.grant_type == "password" and asked.username is not None and asked.password is not None:
        return service.login(asked.username, asked.password, callers.client(), deps)
    if asked.grant_type == "refresh_token" and asked.refresh_token is not None:
        return deps.grants.renew(asked.refresh_token, callers.client())
    if asked.grant_type in ("password", "refresh_token"):
        raise _Refused("invalid_request", f"a parameter of the grant {asked.grant_type} is missing")
    raise _Refused("unsupported_grant_type", "the grants are password and refresh_token")


def _no_client_secret(asked: TokenRequest) -> None:
    """Clients have no secrets here; many send an empty one all the same."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        basic = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        basic = b":?"
    if asked.client_secret or (scheme and (scheme.lower() != "basic" or basic.partition(b":")[2])):
        raise _Refused("invalid_client", "clients have no secret here", 401)


def _refusal(error: str, description: str, status: int) -> Response:
    headers = dict(callers.NO_STORE)
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="touchline"'
    return http.json_response({"error": error, "error_description": description}, status, headers)


def _later(trouble: TouchlineError) -> Response:
    status = 429 if isinstance(trouble, Overloaded) else 503
    response = _refusal("temporarily_unavailable", str(trouble), status)
    if isinstance(trouble, Overloaded):
        response.headers["Retry-After"] = http.retry_after_header(trouble)
    return response
