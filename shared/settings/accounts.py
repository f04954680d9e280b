"""Settings of login: keys of tokens, limits of attempts, hashes of passwords."""

from __future__ import annotations

from dataclasses import dataclass

from shared.security import keys
from shared.settings import parsers
from shared.settings.loading import setting


def parse_keys(text: str) -> tuple[tuple[str, str], ...]:
    """``kid:key[,kid:key]``, each key valid and each id once."""
    pairs = []
    for item in parsers.names(text):
        kid, _, key = item.partition(":")
        keys.validate(kid, key)
        pairs.append((kid, key))
    if not pairs:
        raise ValueError("names no key")
    if len(dict(pairs)) < len(pairs):
        raise ValueError("names a kid twice")
    return tuple(pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """Keys of access tokens."""

    keys: tuple[tuple[str, str], ...] = setting(
        "TOKEN_KEYS", parse_keys, (), "kid:key pairs for access tokens; the first signs, all verify", secret=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTokenSettings:
    """Keys of calls between functions."""

    keys: tuple[tuple[str, str], ...] = setting(
        "SERVICE_TOKEN_KEYS",
        parse_keys,
        (),
        "the same for calls between functions; never the keys of users",
        secret=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """The store of attempts and revoked sessions, and how many attempts there may be."""

    url: str = setting(
        "LIMITS_URL",
        parsers.url("redis", "rediss"),
        "",
        "Valkey of login attempts and revoked sessions; no eviction",
        secret=True,
    )
    revoke_at_once: bool = setting(
        "REVOKE_AT_ONCE",
        parsers.flag,
        False,
        "access tokens of ended sessions are refused at once (asks LIMITS_URL each time)",
    )
    tries_per_account: int = setting(
        "LOGIN_TRIES_PER_ACCOUNT", parsers.positive, 10, "failed logins of one account within 15 minutes"
    )
    tries_per_address: int = setting(
        "LOGIN_TRIES_PER_ADDRESS",
        parsers.positive,
        100,
        "failed logins from one address (IPv6: one /64) within 15 minutes",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSettings:
    """How many accounts there may be."""

    per_address: int = setting(
        "REGISTRATIONS_PER_ADDRESS",
        parsers.positive,
        100,
        "accounts made from one address (IPv6: one /64) within an hour",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSettings:
    """Cost of hashing passwords."""

    bcrypt_cost: int = setting("BCRYPT_COST", parsers.positive, 12, "work factor of password hashes, log2 of rounds")
