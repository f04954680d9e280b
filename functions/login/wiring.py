"""Which adapters login runs on."""

from __future__ import annotations

from functions.login.service import Deps
from shared.adapters.postgres.accounts import PostgresSessions, PostgresUsers
from shared.adapters.postgres.audit import PostgresAudit
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.grants import Grants
from shared.security.passwords import Passwords
from shared.security.tokens import Tokens
from shared.settings import Settings

NEED = ("database_url", "token_keys", "limits_url")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Without the store of limits nobody may log in, so it must be ready."""
    database, clock = Postgres(settings.database_url), SystemClock()
    throttle, revocations = limits.ValkeyLimits(settings.limits_url), limits.revocations(settings)
    tokens = Tokens(settings.token_keys, clock, revocations)
    return Deps(
        users=PostgresUsers(database),
        passwords=Passwords(settings.bcrypt_cost),
        throttle=throttle,
        grants=Grants(sessions=PostgresSessions(database), tokens=tokens, clock=clock, revocations=revocations),
        trail=PostgresAudit(database),
        clock=clock,
        tries_per_account=settings.login_tries_per_account,
        tries_per_address=settings.login_tries_per_address,
        probes={"postgres": database.probe, "limits": throttle.probe, "keys": tokens.keys.probe},
    )
