"""The visitor of a personal page: their session's cookies, and requests in their name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flask import Response, request

from functions.site.service import Deps
from shared.errors import Unavailable
from shared.security.grants import Grant
from shared.web import callers

SIGNED_IN = "touchline-signed-in"
"""A cookie that tells script that there is a session, and nothing about it."""
_SIGNED_IN_S = 30 * 24 * 3600
_CLAIM_S = 10
"""A refresh token is used once: another tab that comes meanwhile waits for the cookies of this one."""


class RenewalUnderway(Exception):
    """Another tab of the same browser renews the session at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a function answered to a visitor."""

    status: int
    value: Any

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300

    @property
    def detail(self) -> str:
        """What is wrong, in the function's words."""
        return str(self.value.get("detail", "")) if isinstance(self.value, dict) else ""

    @property
    def errors(self) -> dict[str, str]:
        """Faults by field."""
        errors = self.value.get("errors", {}) if isinstance(self.value, dict) else {}
        return {str(name): str(fault) for name, fault in errors.items()} if isinstance(errors, dict) else {}


@dataclass(slots=True, kw_only=True)
class Visitor:
    """The person behind a request; `token` is empty for somebody who is not logged in."""

    deps: Deps
    token: str = field(default="", repr=False)
    renewed: Grant | None = field(default=None, repr=False)
    must_forget: bool = False
    """Whether the browser has cookies that are worth nothing."""

    def ask(
        self,
        function: str,
        method: str,
        path: str,
        content: Any = None,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """Return a function's answer to a request in the visitor's name; one that does not come is a 503.

        Parameters
        ----------
        content : is sent as JSON.
        body : is sent as it is, with a content type among `headers`.
        """  # fmt: skip
        sent = {**forwarded_headers(), "Accept": "application/json", **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if content is not None:
            sent["Content-Type"] = "application/json"
            body = json.dumps(content).encode()
        try:
            reply = self.deps.functions.send(function, method, path, sent, body or b"")
        except Unavailable:
            return Reply(status=503, value={"detail": "the function does not answer; try again in a minute"})
        if reply.status == 401 and self.token:
            self.must_forget, self.token = True, ""
        return Reply(status=reply.status, value=_parse(reply.body))


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body) if body else {}
    except ValueError:
        return {}


def identify(deps: Deps) -> Visitor:
    """Return the visitor of this request, with a renewed session where its access token ran out.

    Raises
    ------
    RenewalUnderway : another tab renews the same session.
    """
    if token := request.cookies.get(callers.ACCESS_COOKIE, ""):
        return Visitor(deps=deps, token=token)
    if refresh_token := request.cookies.get(callers.REFRESH_COOKIE, ""):
        return _renew(refresh_token, deps)
    return Visitor(deps=deps, must_forget=SIGNED_IN in request.cookies)


def _renew(refresh_token: str, deps: Deps) -> Visitor:
    key = f"site:renewal:{hashlib.sha256(refresh_token.encode()).hexdigest()}"
    _value, is_ours = deps.cache.claim(key, ttl_s=_CLAIM_S)
    if not is_ours:
        raise RenewalUnderway
    reply = Visitor(deps=deps).ask("session", "POST", "/sessions/refresh", {"refresh_token": refresh_token})
    if not reply.ok:
        return Visitor(deps=deps, must_forget=reply.status in (400, 401, 403))
    grant = to_grant(reply.value)
    return Visitor(deps=deps, token=grant.access_token, renewed=grant)


def to_grant(value: Any) -> Grant:
    """Return the tokens of a function's answer."""
    return Grant(access_token=value["access_token"], refresh_token=value["refresh_token"])


def forwarded_headers() -> dict[str, str]:
    """Return whose request this is, as functions count and list it: the network address and the browser."""
    chain = [*request.headers.getlist("X-Forwarded-For"), request.remote_addr or ""]
    headers = {"X-Forwarded-For": ", ".join(each for each in chain if each), "User-Agent": request.user_agent.string}
    if language := request.headers.get("Accept-Language"):
        headers["Accept-Language"] = language
    return {name: value for name, value in headers.items() if value}


def finish(response: Response, visitor: Visitor) -> Response:
    """Return a personal response: nobody on the way may keep it, and the browser gets or loses its cookies."""
    if visitor.renewed is not None:
        set_cookies(response, visitor.renewed)
    elif visitor.must_forget:
        forget_cookies(response)
    response.headers.update(callers.NO_STORE)
    return response


def set_cookies(response: Response, grant: Grant) -> None:
    """Make the browser keep the session."""
    callers.set_token_cookies(response, grant)
    response.set_cookie(SIGNED_IN, "1", max_age=_SIGNED_IN_S, samesite="Lax", secure=True)


def forget_cookies(response: Response) -> None:
    """Make the browser forget the session."""
    callers.clear_token_cookies(response)
    response.delete_cookie(SIGNED_IN, samesite="Lax", secure=True)


def local_path(text: str) -> str:
    """Return a path of this site, ``/account`` for what leads elsewhere."""
    is_local = text.startswith("/") and not text.startswith("//") and text.isprintable() and "\\" not in text
    return quote(text, safe="/?&=%,:.-+#~") if is_local else "/account"
