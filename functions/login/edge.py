"""The request bodies and responses of login."""

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
    """The body of a login."""

    username: str
    password: str
    device: str = Field(default="", max_length=64, description="the name of this client in the list of sessions")


class LoginForm(Credentials):
    """The form of a login from one of our pages."""

    next: str = Field(default="/", max_length=2000, description="the path of this site to go to afterwards")


class TokenRequest(BaseModel):
    """The form of a token request (RFC 6749, sections 4.3.2 and 6); unknown fields are ignored, as section 3.2 says."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)
    grant_type: str = ""
    username: str | None = None
    password: str | None = None
    refresh_token: str | None = None
    scope: str = ""
    client_secret: str = ""


class TokenBody(Body):
    """A token request in JSON, as the first bet maker's clients send it."""

    username: str
    password: str


class _TokenError(Exception):
    """An error response of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


def login(deps: service.Deps) -> Response:
    """Return tokens to an API client that sends JSON, cookies to a browser that sends a form."""
    if request.mimetype == http.FORM:
        return _login_form(deps)
    body = http.read_body(Credentials)
    grant = service.login(body.username, body.password, callers.client(body.device), deps)
    return callers.token_response(grant)


def token(deps: service.Deps) -> Response:
    """Respond as the token endpoint of OAuth 2: grants ``password`` and ``refresh_token``, for public clients.

    Clients of the first bet maker send JSON with a name and a password instead of a form, and get 401 for a wrong one.
    """
    if request.mimetype == "application/json":
        body = http.read_body(TokenBody)
        return callers.token_response(service.login(body.username, body.password, callers.client(), deps))
    try:
        return callers.token_response(_grant(deps))
    except InvalidInput as exc:
        return _error_response("invalid_request", str(exc), 400)
    except _TokenError as exc:
        return _error_response(exc.error, str(exc), exc.status)
    except Unauthenticated as exc:
        return _error_response("invalid_grant", str(exc), 400)
    except (Overloaded, Unavailable) as exc:
        return _unavailable_response(exc)


def _login_form(deps: service.Deps) -> Response:
    # Even without a session: another site could log its visitor in as somebody else.
    callers.require_same_origin()
    form = http.read_form(LoginForm)
    grant = service.login(form.username, form.password, callers.client(form.device), deps)
    response = redirect(_local_path(form.next), 303)
    assert isinstance(response, Response)
    return callers.set_token_cookies(response, grant)


def _local_path(path: str) -> str:
    """Return the path, or ``/`` for one that a browser would resolve to another site."""
    is_local = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if is_local else "/"


def _grant(deps: service.Deps) -> Grant:
    form = http.read_form(TokenRequest)
    _refuse_client_secret(form)
    if not form.grant_type:
        raise _TokenError("invalid_request", "grant_type is missing")
    if form.scope.strip():
        raise _TokenError("invalid_scope", "scopes are not supported: roles decide; leave it out")
    # A parameter without a value counts as left out (RFC 6749, section 3.2).
    if form.grant_type == "password" and form.username and form.password:
        return service.login(form.username, form.password, callers.client(), deps)
    if form.grant_type == "refresh_token" and form.refresh_token:
        return deps.grants.renew(form.refresh_token, callers.client())
    if form.grant_type in ("password", "refresh_token"):
        raise _TokenError("invalid_request", f"a parameter of the grant {form.grant_type} is missing")
    raise _TokenError("unsupported_grant_type", "the grants are password and refresh_token")


def _refuse_client_secret(form: TokenRequest) -> None:
    """Refuse a client secret; many clients send an empty one, which is accepted."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        basic = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        basic = b":?"
    if form.client_secret or (scheme and (scheme.lower() != "basic" or basic.partition(b":")[2])):
        raise _TokenError("invalid_client", "clients have no secret; leave it out", 401)


def _error_response(error: str, description: str, status: int) -> Response:
    headers = dict(callers.NO_STORE)
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="touchline"'
    return http.json_response({"error": error, "error_description": description}, status, headers)


def _unavailable_response(error: TouchlineError) -> Response:
    status = 429 if isinstance(error, Overloaded) else 503
    response = _error_response("temporarily_unavailable", str(error), status)
    if isinstance(error, Overloaded):
        response.headers["Retry-After"] = http.retry_after_header(error)
    return response
