"""Prove who somebody is, and keep them logged in."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from shared.domain import accounts, usernames
from shared.errors import InvalidInput, Unauthenticated
from shared.passwords import Passwords
from shared.ports import Clock, Probes, Sessions, Users
from shared.tokens import Caller, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What logging in needs."""

    users: Users
    sessions: Sessions
    passwords: Passwords
    tokens: Tokens
    clock: Clock
    probes: Probes = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a login or a refresh hands out."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


def login(username: str, password: str, deps: Deps) -> Grant:
    """Begin a session.

    Raises
    ------
    Unauthenticated : the same words after the same time, whether the user is unknown or the password is wrong.
    Overloaded : too many passwords are being checked.
    """
    found = _find(username, deps)
    if (
        not deps.passwords.matches(password, found.password_hash if found else None)
        or found is None
        or found.user.state in accounts.TERMINAL
    ):
        raise Unauthenticated("the username or the password is wrong")
    refresh_token = secrets.token_urlsafe(32)
    client = accounts.Client()
    deps.sessions.open(found.user.id, token_sha256=_sha256(refresh_token), client=client, now=deps.clock.now())
    return _grant(found.user, refresh_token, deps)


def refresh(refresh_token: str, deps: Deps) -> Grant:
    """Exchange a refresh token for its successor and a new access token with the roles of today.

    Raises
    ------
    Unauthenticated : it is unknown, expired, revoked, or was exchanged before; the last revokes its whole session.
    """
    successor = secrets.token_urlsafe(32)
    rotation = deps.sessions.rotate(
        presented_sha256=_sha256(refresh_token),
        successor_sha256=_sha256(successor),
        client=accounts.Client(),
        now=deps.clock.now(),
    )
    if rotation.user is None:
        raise Unauthenticated("the refresh token is not valid")
    return _grant(rotation.user, successor, deps)


def logout(refresh_token: str, deps: Deps) -> None:
    """End the session of a refresh token; one that is not known has none to end."""
    deps.sessions.close(presented_sha256=_sha256(refresh_token), now=deps.clock.now())


def _find(username: str, deps: Deps) -> accounts.Login | None:
    try:
        return deps.users.find(usernames.folded(usernames.username(username)))
    except InvalidInput:
        return None  # nobody can have this name; no need to say so


def _grant(user: accounts.User, refresh_token: str, deps: Deps) -> Grant:
    who = Caller(user_id=user.id, username=user.username, roles=user.roles)
    return Grant(access_token=deps.tokens.sign(who), refresh_token=refresh_token)


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
