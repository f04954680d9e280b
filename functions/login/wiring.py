"""Chooses the adapters of login."""

from __future__ import annotations

from dataclasses import dataclass

from functions.login.service import Deps
from shared.adapters.postgres.accounts import PostgresSessions, PostgresUsers
from shared.adapters.postgres.audit import PostgresAuditTrail
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.grants import Grants
from shared.security.passwords import Passwords
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, PasswordSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS", "LIMITS_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of the function."""

    edge: EdgeSettings
    postgres: PostgresSettings
    tokens: TokenSettings
    limits: LimitSettings
    passwords: PasswordSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Without the store of limits nobody may log in, so it must be ready."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    throttle, revocations = limits.ValkeyLimits(settings.limits.url), limits.revocations(settings.limits)
    tokens = Tokens(settings.tokens.keys, clock, revocations)
    return Deps(
        users=PostgresUsers(database),
        passwords=Passwords(settings.passwords.bcrypt_cost),
        throttle=throttle,
        grants=Grants(sessions=PostgresSessions(database), tokens=tokens, clock=clock, revocations=revocations),
        audit_trail=PostgresAuditTrail(database),
        clock=clock,
        tries_per_account=settings.limits.tries_per_account,
        tries_per_address=settings.limits.tries_per_address,
        probes={"postgres": database.probe, "limits": throttle.probe, "keys": tokens.keys.probe},
    )
