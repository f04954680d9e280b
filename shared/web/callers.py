"""Identifies who sends a request: by bearer token or cookie, from which address, and whether from a page of ours.

API clients send ``Authorization: Bearer``. Browsers may keep both tokens in cookies instead. A browser attaches a
cookie whichever site made the request, so a request that changes something by cookie must come from our own origin.
Browsers state that in ``Sec-Fetch-Site``, which no page can forge; older ones in ``Origin``. A double-submitted token
was not chosen: it needs a script in every page and a second cookie, and proves no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from flask import Response, current_app, request

from shared.domain.accounts import users as accounts
from shared.domain.accounts.audit import Actor
from shared.errors import Forbidden, InvalidInput, Unauthenticated
from shared.security import access
from shared.web import http

if TYPE_CHECKING:
    from shared.domain.money.ledger import RequestKey
    from shared.security.grants import Grant
    from shared.security.tokens import Caller, Service, ServiceTokens, Tokens

ACCESS_COOKIE = "__Host-touchline-access"
REFRESH_COOKIE = "__Host-touchline-refresh"
"""``__Host-`` makes browsers insist on Secure, on Path=/ and on no Domain: no subdomain can set or read them."""
IDEMPOTENCY_KEY = "Idempotency-Key"
READ_METHODS = ("GET", "HEAD")
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class VerifiesTokens(Protocol):
    """The part of a function's `Deps` that identifies callers."""

    @property
    def tokens(self) -> Tokens:
        """The access tokens."""


def caller(deps: VerifiesTokens, *, role: str = "") -> Caller:
    """Return the user who sends this request.

    Raises
    ------
    Unauthenticated : there is no valid token.
    Forbidden : the caller lacks the role, or a cookie came with a request of another site's page.
    Unavailable : the request would change something while nobody can say whether the session was revoked.
    """
    user = deps.tokens.verify(access_token(), reading=request.method in READ_METHODS)
    return access.require_role(user, role) if role else user


def operator(deps: VerifiesTokens) -> Caller:
    """Return the operator who sends this request; errors as `caller`."""
    return caller(deps, role=accounts.OPERATOR)


def access_token() -> str:
    """Return the access token of this request, not verified; `Unauthenticated` when there is none.

    A cookie with a request that changes something is `Forbidden` unless a page of ours sends it.
    """
    return _bearer_token() or _cookie_token()


def service(tokens: ServiceTokens, *, scope: str) -> Service:
    """Return the function that sends this request with a token of this scope; never by cookie."""
    token = _bearer_token()
    if not token:
        raise Unauthenticated("send Authorization: Bearer with a service token")
    return access.require_scope(tokens.verify(token), scope)


def client(device: str = "") -> accounts.Client:
    """Return the client this request was sent with."""
    return accounts.make_client(
        device=device, user_agent=request.headers.get("User-Agent", ""), address=client_address()
    )


def actor(user: Caller | None = None, *, operating: bool = False) -> Actor:
    """Return the sender for the audit log; `operating` on what belongs to others."""
    if user is None:
        return Actor(kind="stranger", client=client())
    return Actor(kind="operator" if operating else "user", id=user.user_id, client=client())


def client_address() -> str:
    """Return the address this request comes from; empty when unknown.

    Proxies of ours (`TRUSTED_PROXIES`) append the address of their own client to ``X-Forwarded-For``. Read from the
    end, the first that is none of ours is the caller's; whatever stands before it, the caller may have made up.
    """
    import ipaddress

    trusted = [ipaddress.ip_network(network) for network in current_app.config.get("TRUSTED_PROXIES", ())]
    forwarded = ",".join(request.headers.getlist("X-Forwarded-For")).split(",")
    nearest = ""
    for text in (request.remote_addr or "", *reversed(forwarded)):
        try:
            address = ipaddress.ip_address(text.strip().partition("%")[0])
        except ValueError:
            break
        address = getattr(address, "ipv4_mapped", None) or address
        nearest = str(address)
        if not any(address in network for network in trusted):
            break
    return nearest


def require_same_origin() -> None:
    """Return when the browser states that a page of ours sends this, raise `Forbidden` otherwise."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "").lower()
    if site == "same-origin" or (site is None and origin and origin == current_app.config.get("PUBLIC_ORIGIN")):
        return
    raise Forbidden("cookies are accepted from our own pages only")


def idempotency_key(user: Caller, operation: str, payload: Any) -> RequestKey:
    """Return the idempotency key of this request, which belongs to the caller and the operation.

    `InvalidInput` without one: a request that moves money must be one that can be sent again.

    Parameters
    ----------
    operation : such as ``transfer``.
    payload : JSON of what is requested; under one key there is one request.
    """
    from shared.domain.money.ledger import request_key

    key = request_key(f"users/{user.user_id}/{operation}", request.headers.get(IDEMPOTENCY_KEY, ""), payload)
    if key is None:
        raise InvalidInput(
            f"send {IDEMPOTENCY_KEY} with a text of your own choice", errors={IDEMPOTENCY_KEY: "missing"}
        )
    return key


def private_json(payload: Any, status: int = 200, **headers: str) -> Response:
    """Return a JSON response that nobody on the way may keep."""
    return http.json_response(payload, status, {**NO_STORE, **headers})


def token_response(grant: Grant) -> Response:
    """Return both tokens in the body (RFC 6749, section 5.1)."""
    return private_json(
        {
            "access_token": grant.access_token,
            "token_type": "Bearer",
            "expires_in": int(accounts.ACCESS_LIFETIME.total_seconds()),
            "refresh_token": grant.refresh_token,
        }
    )


def read_refresh_cookie() -> str:
    """Return the refresh token a page of ours sends; empty when there is no such cookie."""
    token = request.cookies.get(REFRESH_COOKIE, "")
    if token:
        require_same_origin()
    return token


def set_token_cookies(response: Response, grant: Grant) -> Response:
    """Make the browser keep both tokens where no script can read them; return the response."""
    lifetimes = {
        ACCESS_COOKIE: (grant.access_token, accounts.ACCESS_LIFETIME, "Lax"),
        REFRESH_COOKIE: (grant.refresh_token, accounts.IDLE_LIMIT, "Strict"),
    }
    for name, (token, lifetime, same_site) in lifetimes.items():
        response.set_cookie(name, token, max_age=lifetime, secure=True, httponly=True, samesite=same_site)
    response.headers.update(NO_STORE)
    return response


def clear_token_cookies(response: Response) -> Response:
    """Make the browser forget both tokens; return the response."""
    for name in (ACCESS_COOKIE, REFRESH_COOKIE):
        response.delete_cookie(name, secure=True, httponly=True)
    return response


def _bearer_token() -> str:
    header = request.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    if header and (scheme.lower() != "bearer" or not token.strip()):
        raise Unauthenticated("send Authorization: Bearer with an access token")
    return token.strip()


def _cookie_token() -> str:
    token = request.cookies.get(ACCESS_COOKIE, "")
    if not token:
        raise Unauthenticated("send Authorization: Bearer with an access token")
    if request.method not in READ_METHODS:
        require_same_origin()
    return token
