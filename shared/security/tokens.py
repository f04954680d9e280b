"""Signed tokens: access tokens of users, and service tokens for calls between functions (RFC 7519, RFC 8725).

The two never pass for each other: they differ in key, type (`typ`) and audience. A token's key is the one its `kid`
names, its algorithm is that key's own, and every claim that decides something must be there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Generic, TypeGuard, TypeVar
from uuid import UUID

from shared.domain.accounts.users import ACCESS_LIFETIME
from shared.errors import Unauthenticated, Unavailable
from shared.ports.accounts import Revocations
from shared.ports.clock import Clock
from shared.security.keys import Keys

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
Named = TypeVar("Named")


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
        keys : id and text of each (`shared.security.keys`), the signing one first.
        clock : the time that decides.
        revocations : sessions ended lately; without it a token outlives its session until it expires.
        """
        self.keys = Keys(keys)
        self._jwts = _Jwts(self.keys, clock, _ACCESS, _caller)
        self._revocations = revocations

    def sign(self, caller: Caller) -> str:
        """An access token that lives `ACCESS_LIFETIME`."""
        claims = {"sub": caller.user_id, "name": caller.username, "roles": list(caller.roles), "sid": caller.session_id}
        return self._jwts.encode(claims, audience=_USERS, lifetime=ACCESS_LIFETIME)

    def verify(self, token: str, *, reading: bool = False) -> Caller:
        """The caller of a token, or `Unauthenticated` with one uniform text whatever was wrong but its age.

        Parameters
        ----------
        token : as it was sent.
        reading : the caller changes nothing; then a silent list of revoked sessions lets them pass. Otherwise it is
            `Unavailable`.
        """
        who = self._jwts.named(token, audience=_USERS)
        if self._revoked(who.session_id, reading):
            raise Unauthenticated(_NOT_VALID)
        return who

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
        self._jwts = _Jwts(self.keys, clock, _SERVICE, _calling)
        self._name = name

    def sign(self, audience: str, scopes: Sequence[str]) -> str:
        """A token for one other function that lives `SERVICE_LIFETIME`."""
        claims = {"sub": self._name, "scope": " ".join(scopes)}
        return self._jwts.encode(claims, audience=_service(audience), lifetime=SERVICE_LIFETIME)

    def verify(self, token: str) -> Service:
        """The function that calls us, or `Unauthenticated`; a token for another function is not valid here."""
        return self._jwts.named(token, audience=_service(self._name))


_NOT_VALID = "the access token is not valid"


class _Jwts(Generic[Named]):
    """Tokens of one set of keys and of one kind."""

    def __init__(self, keys: Keys, clock: Clock, kind: str, naming: Callable[[Mapping[str, Any]], Named]) -> None:
        self._keys = keys
        self._clock = clock
        self._kind = kind
        self._naming = naming
        # A client shows one token again and again. Only what holds for ever is remembered: times are checked each time.
        self._remembered = lru_cache(_REMEMBERED)(self._signed)

    def encode(self, claims: dict[str, Any], *, audience: str, lifetime: timedelta) -> str:
        import jwt

        key, now = self._keys.signer, self._clock.now()
        times = {"iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
        whole = {"iss": _ISSUER, "aud": audience, **claims, **times}
        return jwt.encode(whole, key.signing, algorithm=key.algorithm, headers={"kid": key.kid, "typ": self._kind})

    def named(self, token: str, *, audience: str) -> Named:
        """Whom the token names; `Unauthenticated` when anything is not as we make it."""
        import jwt

        try:
            if len(token) > MAX_LENGTH:
                raise ValueError("too long")
            named, begins_s, ends_s = self._remembered(token, audience)
            self._check_times(begins_s, ends_s)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, RecursionError) as exc:
            raise Unauthenticated(_NOT_VALID) from exc
        return named

    def _signed(self, token: str, audience: str) -> tuple[Named, float, float]:
        """Whom a token names that is ours, and its times; nothing that is refused is ever remembered."""
        import jwt

        header = jwt.get_unverified_header(token)
        if header.get("typ") != self._kind:
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
        begins_s = max(_seconds(claims["iat"]), _seconds(claims.get("nbf", 0)))
        return self._naming(claims), begins_s, _seconds(claims["exp"])

    def _check_times(self, begins_s: float, ends_s: float) -> None:
        now_s = self._clock.now().timestamp()
        if now_s >= ends_s:
            raise Unauthenticated("the access token has expired")
        if now_s + LEEWAY_S < begins_s:
            raise ValueError("from the future")


def _caller(claims: Mapping[str, Any]) -> Caller:
    roles, name, session_id = claims.get("roles"), claims.get("name"), claims.get("sid")
    if not (_are_texts(roles) and isinstance(name, str) and isinstance(session_id, str)):
        raise ValueError("not as we make it")
    if not _is_user_id(claims["sub"]):
        raise ValueError("the subject is no id")
    return Caller(user_id=claims["sub"], username=name, roles=tuple(roles), session_id=session_id)


def _calling(claims: Mapping[str, Any]) -> Service:
    scope = claims.get("scope")
    if not isinstance(scope, str):
        raise ValueError("not as we make it")
    return Service(name=claims["sub"], scopes=frozenset(scope.split()))


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
