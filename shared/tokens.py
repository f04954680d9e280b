"""Access tokens: short-lived HS256 JWTs with a key id, so that keys can be rotated while old tokens still verify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.errors import Unauthenticated
from shared.ports import Clock

ACCESS_LIFETIME = timedelta(minutes=15)
SKEW_S = 60
"""How far another machine's clock may run ahead of ours."""
_ISSUER = "touchline"
_AUDIENCE = "touchline-api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a verified access token names."""

    user_id: str
    username: str
    roles: tuple[str, ...]


class Tokens:
    """Signs with the first key, verifies with any (`kid` chooses; RFC 7519, RFC 8725)."""

    def __init__(self, keys: Sequence[tuple[str, str]], clock: Clock) -> None:
        self._keys = dict(keys)
        self._kid = keys[0][0]
        self._clock = clock

    def sign(self, caller: Caller) -> str:
        """An access token that lives `ACCESS_LIFETIME`."""
        import jwt

        now = self._clock.now()
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": caller.user_id,
            "name": caller.username,
            "roles": list(caller.roles),
            "iat": int(now.timestamp()),
            "exp": int((now + ACCESS_LIFETIME).timestamp()),
        }
        return jwt.encode(claims, self._keys[self._kid], algorithm="HS256", headers={"kid": self._kid})

    def verify(self, token: str) -> Caller:
        """The caller of a token, or `Unauthenticated` with one uniform text whatever was wrong but its age."""
        import jwt

        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                # Age is checked below against our own clock, which tests move by hand.
                options={"require": ["exp", "iat", "sub"], "verify_exp": False, "verify_iat": False},
            )
            return self._in_time(claims)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as exc:
            raise Unauthenticated("the access token is not valid") from exc

    def _in_time(self, claims: dict[str, Any]) -> Caller:
        now_s = self._clock.now().timestamp()
        if now_s >= _seconds(claims["exp"]):
            raise Unauthenticated("the access token has expired")
        if now_s + SKEW_S < _seconds(claims["iat"]):
            raise ValueError("issued in the future")
        roles = claims.get("roles", [])
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise ValueError("roles are not a list of text")
        return Caller(user_id=claims["sub"], username=str(claims.get("name", "")), roles=tuple(roles))


def _seconds(claim: object) -> float:
    """A NumericDate (RFC 7519, section 2); text and booleans are none, and NaN is after no moment at all."""
    if isinstance(claim, bool) or not isinstance(claim, int | float) or claim != claim:
        raise ValueError("a time is not a number")
    return claim
