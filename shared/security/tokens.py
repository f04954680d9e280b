"""Signed tokens: access tokens of users, and service tokens for calls between functions (RFC 7519, RFC 8725).

The two never pass for each other: they differ in key, type (`typ`) and audience. A token's key is the one its `kid`
names, its algorithm is that key's own, and every claim that decides something must be there.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeGuard, TypeVar
from uuid import UUID

from shared import lazy
from shared.domain.accounts.users import ACCESS_LIFETIME
from shared.errors import InvalidToken, Unavailable
from shared.ports.accounts import Revocations
from shared.ports.clock import Clock
from shared.security.keys import Keys

if TYPE_CHECKING:
    import jwt
else:
    jwt = lazy.Module("jwt")

SERVICE_LIFETIME = timedelta(minutes=5)
LEEWAY_S = 30
"""Tolerance for a clock that runs ahead of ours. None for expiry: it would only prolong every token."""
MAX_LENGTH = 4096
"""The longest token in characters; longer ones are not even parsed."""
MAX_LIFETIME_S = 86_400
"""No token of ours lives longer; one that claims to was made by somebody who has the key and should not."""
_CACHED_TOKENS = 1024
"""Tokens whose signature is not checked anew: at most 4 MB, mostly less than one."""
_ISSUER = "touchline"
_USERS = "touchline-api"
_ACCESS, _SERVICE = "at+jwt", "service+jwt"
Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The user a verified access token names."""

    user_id: str
    username: str
    roles: tuple[str, ...]
    session_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The function a verified service token names, and what it may do here."""

    name: str
    scopes: frozenset[str]


class Tokens:
    """Access tokens. The first key signs, all verify."""

    def __init__(self, keys: Sequence[tuple[str, str]], clock: Clock, revocations: Revocations | None = None) -> None:
        """Remember the keys; none is read yet.

        Parameters
        ----------
        keys : id and text of each (`shared.security.keys`), the signing one first.
        clock : the time that decides.
        revocations : sessions ended lately; without it a token outlives its session until it expires.
        """
        self.keys = Keys(keys)
        self._jwts = _Jwts(self.keys, clock, _ACCESS, _to_caller)
        self._revocations = revocations

    def sign(self, caller: Caller) -> str:
        """Return an access token that lives `ACCESS_LIFETIME`."""
        claims = {"sub": caller.user_id, "name": caller.username, "roles": list(caller.roles), "sid": caller.session_id}
        return self._jwts.encode(claims, audience=_USERS, lifetime=ACCESS_LIFETIME)

    def verify(self, token: str, *, reading: bool = False) -> Caller:
        """Return the caller of a token, or raise `InvalidToken` with one uniform text whatever was wrong but its age.

        Parameters
        ----------
        token : as it was sent.
        reading : the caller changes nothing; then a silent list of revoked sessions lets them pass. Otherwise it is
            `Unavailable`.
        """
        caller = self._jwts.verify(token, audience=_USERS)
        if self._is_revoked(caller.session_id, reading):
            raise InvalidToken(_NOT_VALID)
        return caller

    def _is_revoked(self, session_id: str, reading: bool) -> bool:
        if self._revocations is None:
            return False
        try:
            return self._revocations.contains(session_id)
        except Unavailable:
            if reading:
                return False
            raise


class ServiceTokens:
    """Service tokens: an audience, which is one function, and scopes."""

    def __init__(self, keys: Sequence[tuple[str, str]], clock: Clock, *, name: str) -> None:
        """Remember the keys and our own name, such as ``query-stats``."""
        self.keys = Keys(keys)
        self._jwts = _Jwts(self.keys, clock, _SERVICE, _to_service)
        self._name = name

    def sign(self, audience: str, scopes: Sequence[str]) -> str:
        """Return a token for one other function that lives `SERVICE_LIFETIME`."""
        claims = {"sub": self._name, "scope": " ".join(scopes)}
        return self._jwts.encode(claims, audience=_audience(audience), lifetime=SERVICE_LIFETIME)

    def verify(self, token: str) -> Service:
        """Return the function that calls us, or raise `InvalidToken`; a token for another function is not valid."""
        return self._jwts.verify(token, audience=_audience(self._name))


_NOT_VALID = "the access token is not valid"


class _Jwts(Generic[Subject]):
    """Tokens of one set of keys and of one kind."""

    def __init__(self, keys: Keys, clock: Clock, kind: str, to_subject: Callable[[Mapping[str, Any]], Subject]) -> None:
        self._keys = keys
        self._clock = clock
        self._kind = kind
        self._to_subject = to_subject
        # A client shows one token again and again. Only what never changes is cached: times are checked each time.
        self._cached_decode = lru_cache(_CACHED_TOKENS)(self._decode)

    def encode(self, claims: dict[str, Any], *, audience: str, lifetime: timedelta) -> str:
        key, now = self._keys.signer, self._clock.now()
        times = {"iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
        whole = {"iss": _ISSUER, "aud": audience, **claims, **times}
        return jwt.encode(whole, key.signing_key, algorithm=key.algorithm, headers={"kid": key.kid, "typ": self._kind})

    def verify(self, token: str, *, audience: str) -> Subject:
        """Return the subject of the token; `InvalidToken` when anything differs from what we sign."""
        try:
            if len(token) > MAX_LENGTH:
                raise ValueError("too long")
            subject, times = self._cached_decode(token, audience)
            times.check(self._clock.now().timestamp())
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, RecursionError) as exc:
            raise InvalidToken(_NOT_VALID) from exc
        return subject

    def _decode(self, token: str, audience: str) -> tuple[Subject, _Times]:
        """Return subject and times of a token we signed; a token that is refused is never cached."""
        header = jwt.get_unverified_header(token)
        if header.get("typ") != self._kind:
            raise ValueError("another type")
        key = self._keys[header["kid"]]
        _require_canonical(token)
        claims = jwt.decode(
            token,
            key.verification_key,
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
        return self._to_subject(claims), _Times.from_claims(claims)


@dataclass(frozen=True, slots=True)
class _Times:
    """The period in which a token is valid, in seconds since 1970."""

    issued_s: float
    begins_s: float
    ends_s: float

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> _Times:
        issued_s = _to_seconds(claims["iat"])
        begins_s = max(issued_s, _to_seconds(claims.get("nbf", 0)))
        return cls(issued_s, begins_s, _to_seconds(claims["exp"]))

    def check(self, now_s: float) -> None:
        if now_s >= self.ends_s:
            raise InvalidToken("the access token has expired")
        if now_s + LEEWAY_S < self.begins_s:
            raise ValueError("from the future")
        if self.ends_s - self.issued_s > MAX_LIFETIME_S:
            raise ValueError("lives longer than any token of ours")


def _require_canonical(token: str) -> None:
    """Return when each part is base64url without padding, of UTF-8; PyJWT also reads padding, UTF-16 and UTF-32."""
    parts = token.split(".")
    raw = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts]
    if [base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in raw] != parts:
        raise ValueError("not canonical base64url")
    if any(json.detect_encoding(each) != "utf-8" for each in raw[:2]):
        raise ValueError("not UTF-8")


def _to_caller(claims: Mapping[str, Any]) -> Caller:
    roles, name, session_id = claims.get("roles"), claims.get("name"), claims.get("sid")
    if not (_are_texts(roles) and isinstance(name, str) and isinstance(session_id, str)):
        raise ValueError("not as we sign it")
    if not _is_user_id(claims["sub"]):
        raise ValueError("the subject is no id")
    return Caller(user_id=claims["sub"], username=name, roles=tuple(roles), session_id=session_id)


def _to_service(claims: Mapping[str, Any]) -> Service:
    scope = claims.get("scope")
    if not isinstance(scope, str):
        raise ValueError("not as we sign it")
    return Service(name=claims["sub"], scopes=frozenset(scope.split()))


def _to_seconds(claim: object) -> float:
    """Return a NumericDate (RFC 7519, section 2) as a finite number; text and booleans are none."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        raise ValueError("a time is not a number")
    try:
        seconds = float(claim)
    except OverflowError as exc:
        raise ValueError("a time is beyond every clock") from exc
    if not math.isfinite(seconds):
        raise ValueError("a time is not finite")
    return seconds


def _is_user_id(claim: str) -> bool:
    """Return whether this is a UUID as the database writes it: stores may parse it, and ownership compares text."""
    try:
        return str(UUID(claim)) == claim
    except ValueError:
        return False


def _are_texts(claim: object) -> TypeGuard[list[str]]:
    return isinstance(claim, list) and all(isinstance(item, str) for item in claim)


def _audience(service_name: str) -> str:
    return f"touchline:{service_name}"
