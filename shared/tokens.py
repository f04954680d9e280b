"""Signed tokens: access tokens of users, and service tokens for calls between functions (RFC 7519, RFC 8725).

The two never pass for each other: they differ in key, type (`typ`) and audience. A token's key is the one its `kid`
names, its algorithm is that key's own, and every claim that decides something must be there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeGuard
from uuid import UUID

from shared.domain.accounts import ACCESS_LIFETIME
from shared.errors import Unauthenticated, Unavailable
from shared.keys import Keys
from shared.ports import Clock, Revocations

SERVICE_LIFETIME = timedelta(minutes=5)
LEEWAY_S = 30
"""How far another machine's clock may run ahead of ours. None for expiry: it would only prolong every token."""
MAX_LENGTH = 4096
"""Of a token in characters; longer ones are not even parsed."""
_REMEMBERED = 1024
"""Tokens whose signature is not checked anew: at most 4 MB, mostly less than one."""
_ISSUER = "touchline"
_USERS = "touchline-api"
_ACCESS, _SERVICE = "at+jwt", "service+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a verified access token names."""

    user_id: str
    username: str
    roles: tuple[str, ...]
    session_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Which function a verified service token names, and what it may do here."""

    name: str
    scopes: frozenset[str]


class Tokens:
    """Access tokens. Signs with the first key, verifies with any."""

    def __init__(self, keys: Sequence[tuple[str, str]], clock: Clock, revocations: Revocations | None = None) -> None:
        """Remember the keys; none is read yet.

        Parameters
        ----------
        keys : id and text of each (`shared.keys`), the signing one first.
        clock : the time that decides.
        revocations : sessions ended lately; without it a token outlives its session until it expires.
        """
        self.keys = Keys(keys)
        self._jwts = _Jwts(self.keys, clock)
        self._revocations = revocations

    def sign(self, caller: Caller) -> str:
        """An access token that lives `ACCESS_LIFETIME`."""
        claims = {"sub": caller.user_id, "name": caller.username, "roles": list(caller.roles), "sid": caller.session_id}
        return self._jwts.encode(claims, _ACCESS, audience=_USERS, lifetime=ACCESS_LIFETIME)

    def verify(self, token: str, *, reading: bool = False) -> Caller:
        """The caller of a token, or `Unauthenticated` with one uniform text whatever was wrong but its age.

        Parameters
        ----------
        token : as it was sent.
        reading : the caller changes nothing; then a silent list of revoked sessions lets them pass. Otherwise it is
            `Unavailable`.
        """
        claims = self._jwts.decode(token, _ACCESS, audience=_USERS)
        roles, name, session_id = claims.get("roles"), claims.get("name"), claims.get("sid")
        if not (_are_texts(roles) and isinstance(name, str) and isinstance(session_id, str)):
            raise Unauthenticated(_NOT_VALID)
        if not _is_user_id(claims["sub"]):
            raise Unauthenticated(_NOT_VALID)
        if self._revoked(session_id, reading):
            raise Unauthenticated(_NOT_VALID)
        return Caller(user_id=claims["sub"], username=name, roles=tuple(roles), session_id=session_id)

    def _revoked(self, session_id: str, reading: bool) -> bool:
        if self._revocations is None:
            return False
        try:
            return self._revocations.holds(session_id)
        except Unavailable:
            if reading:
                return False
            raise


class ServiceTokens:
    """What one function shows another, and asks of others: an audience, and scopes."""

    def __init__(self, keys: Sequence[tuple[str, str]], clock: Clock, *, name: str) -> None:
        """Remember the keys and our own name, such as ``query-stats``."""
        self.keys = Keys(keys)
        self._jwts = _Jwts(self.keys, clock)
        self._name = name

    def sign(self, audience: str, scopes: Sequence[str]) -> str:
        """A token for one other function that lives `SERVICE_LIFETIME`."""
        claims = {"sub": self._name, "scope": " ".join(scopes)}
        return self._jwts.encode(claims, _SERVICE, audience=_service(audience), lifetime=SERVICE_LIFETIME)

    def verify(self, token: str) -> Service:
        """The function that calls us, or `Unauthenticated`; a token for another function is not valid here."""
        claims = self._jwts.decode(token, _SERVICE, audience=_service(self._name))
        scope = claims.get("scope")
        if not isinstance(scope, str):
            raise Unauthenticated(_NOT_VALID)
        return Service(name=claims["sub"], scopes=frozenset(scope.split()))


_NOT_VALID = "the access token is not valid"


class _Jwts:
    """Tokens of one set of keys."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        # A client shows one token again and again. Only what holds for ever is remembered: times are checked each time.
        self._remembered = lru_cache(_REMEMBERED)(self._signed)

    def encode(self, claims: dict[str, Any], kind: str, *, audience: str, lifetime: timedelta) -> str:
        import jwt

        key, now = self._keys.signer, self._clock.now()
        times = {"iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
        whole = {"iss": _ISSUER, "aud": audience, **claims, **times}
        return jwt.encode(whole, key.signing, algorithm=key.algorithm, headers={"kid": key.kid, "typ": kind})

    def decode(self, token: str, kind: str, *, audience: str) -> Mapping[str, Any]:
        """The claims; `Unauthenticated` when anything is not as we make it."""
        import jwt

        try:
            if len(token) > MAX_LENGTH:
                raise ValueError("too long")
            claims = self._remembered(token, kind, audience)
            self._check_times(claims)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, RecursionError) as exc:
            raise Unauthenticated(_NOT_VALID) from exc
        return claims

    def _signed(self, token: str, kind: str, audience: str) -> Mapping[str, Any]:
        """The claims of a token that is ours in all but its times; nothing that is refused is ever remembered."""
        import jwt

        header = jwt.get_unverified_header(token)
        if header.get("typ") != kind:
            raise ValueError("another type")
        key = self._keys[header["kid"]]
        claims = jwt.decode(
            token,
            key.verifying,
            algorithms=[key.algorithm],
            issuer=_ISSUER,
            audience=audience,
            # Times are checked against our own clock, which tests move by hand.
            options={
                "require": ["exp", "iat", "sub"],
                "strict_aud": True,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        return MappingProxyType(claims)

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now_s = self._clock.now().timestamp()
        if now_s >= _seconds(claims["exp"]):
            raise Unauthenticated("the access token has expired")
        if now_s + LEEWAY_S < max(_seconds(claims["iat"]), _seconds(claims.get("nbf", 0))):
            raise ValueError("from the future")


def _seconds(claim: object) -> float:
    """A NumericDate (RFC 7519, section 2); text and booleans are none, and NaN is after no moment at all."""
    if isinstance(claim, bool) or not isinstance(claim, int | float) or claim != claim:
        raise ValueError("a time is not a number")
    return claim


def _is_user_id(claim: str) -> bool:
    """A UUID as the database writes it: stores may take it for one, and ownership compares it as text."""
    try:
        return str(UUID(claim)) == claim
    except ValueError:
        return False


def _are_texts(claim: object) -> TypeGuard[list[str]]:
    return isinstance(claim, list) and all(isinstance(item, str) for item in claim)


def _service(name: str) -> str:
    return f"touchline:{name}"
