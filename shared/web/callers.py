"""Who sends a request: by bearer token or cookie, from which address, and whether from a page of ours.

API clients send ``Authorization: Bearer``. Browsers may keep both tokens in cookies instead. A cookie is sent whoever
made the page, so a request that changes something by cookie must come from our own origin. Browsers state that in
``Sec-Fetch-Site``, which no page can forge; older ones in ``Origin``. A double-submitted token was not chosen: it needs
a script in every page and a second cookie, and proves no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, current_app, request

from shared.domain.accounts import users as accounts
from shared.domain.accounts.audit import Actor
from shared.errors import Forbidden, Unauthenticated
from shared.security import access
from shared.web import http

if TYPE_CHECKING:
    from shared.security.grants import Grant
    from shared.security.tokens import Caller, Service, ServiceTokens, Tokens

ACCESS_COOKIE = "__Host-touchline-access"
REFRESH_COOKIE = "__Host-touchline-refresh"
"""``__Host-`` makes browsers insist on Secure, on Path=/ and on no Domain: no subdomain can set or read them."""
READING = ("GET", "HEAD")
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def caller(tokens: Tokens, *, role: str = "") -> Caller:
    """Who sends this request.

    Raises
    ------
    Unauthenticated : there is no valid token.
    Forbidden : `role` is asked and not held, or a cookie came with a request of another site's page.
    Unavailable : something would be changed while nobody can say whether the session was revoked.
    """
    token = _bearer() or _cookie()
    who = tokens.verify(token, reading=request.method in READING)
    return access.with_role(who, role) if role else who


def service(tokens: ServiceTokens, *, scope: str) -> Service:
    """Which function sends this request, and that its token carries the scope; never by cookie."""
    token = _bearer()
    if not token:
        raise Unauthenticated("send Authorization: Bearer with a service token")
    return access.with_scope(tokens.verify(token), scope)


def client(device: str = "") -> accounts.Client:
    """What this request is sent with."""
    return accounts.client(device=device, user_agent=request.headers.get("User-Agent", ""), address=address())


def actor(who: Caller | None = None, *, operating: bool = False) -> Actor:
    """Who sends this request, as the audit trail remembers them; `operating` on what is others'."""
    if who is None:
        return Actor(kind="stranger", client=client())
    return Actor(kind="operator" if operating else "user", id=who.user_id, client=client())


def address() -> str:
    """The address this request comes from; empty when unknown.

    Proxies of ours (`TRUSTED_PROXIES`) append the address they were asked from to ``X-Forwarded-For``. Read from the
    end, the first that is none of ours is the caller's; whatever stands before it, the caller may have made up.
    """
    import ipaddress

    trusted = [ipaddress.ip_network(network) for network in current_app.config.get("TRUSTED_PROXIES", ())]
    forwarded = ",".join(request.headers.getlist("X-Forwarded-For")).split(",")
    nearest = ""
    for text in (request.remote_addr or "", *reversed(forwarded)):
        try:
            found = ipaddress.ip_address(text.strip().partition("%")[0])
        except ValueError:
            break
        found = getattr(found, "ipv4_mapped", None) or found
        nearest = str(found)
        if not any(found in network for network in trusted):
            break
    return nearest


def from_our_page() -> None:
    """Return when a browser says that a page of ours sends this, raise `Forbidden` otherwise."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "").lower()
    if site == "same-origin" or (site is None and origin and origin == current_app.config.get("PUBLIC_ORIGIN")):
        return
    raise Forbidden("cookies are accepted from our own pages only")


def refresh_cookie() -> str:
    """The refresh token a page of ours sends; empty when there is no such cookie."""
    token = request.cookies.get(REFRESH_COOKIE, "")
    if token:
        from_our_page()
    return token


def granted(grant: Grant) -> Response:
    """Both tokens in the body, as RFC 6749, section 5.1 has it; nobody on the way may keep them."""
    payload = {
        "access_token": grant.access_token,
        "token_type": "Bearer",
        "expires_in": int(accounts.ACCESS_LIFETIME.total_seconds()),
        "refresh_token": grant.refresh_token,
    }
    return http.json_response(payload, headers=NO_STORE)


def give_cookies(response: Response, grant: Grant) -> Response:
    """The answer, which makes the browser keep both tokens out of its scripts' reach."""
    lifetimes = {
        ACCESS_COOKIE: (grant.access_token, accounts.ACCESS_LIFETIME, "Lax"),
        REFRESH_COOKIE: (grant.refresh_token, accounts.IDLE_LIMIT, "Strict"),
    }
    for name, (token, lifetime, same_site) in lifetimes.items():
        response.set_cookie(name, token, max_age=lifetime, secure=True, httponly=True, samesite=same_site)
    response.headers.update(NO_STORE)
    return response


def drop_cookies(response: Response) -> Response:
    """The answer, which makes the browser forget both tokens."""
    for name in (ACCESS_COOKIE, REFRESH_COOKIE):
        response.delete_cookie(name, secure=True, httponly=True)
    return response


def _bearer() -> str:
    header = request.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    if header and (scheme.lower() != "bearer" or not token.strip()):
        raise Unauthenticated("send Authorization: Bearer with an access token")
    return token.strip()


def _cookie() -> str:
    token = request.cookies.get(ACCESS_COOKIE, "")
    if not token:
        raise Unauthenticated("send Authorization: Bearer with an access token")
    if request.method not in READING:
        from_our_page()
    return token
