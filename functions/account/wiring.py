"""Which adapters account runs on."""

from __future__ import annotations

from functions.account.service import Deps
from functions.account.store import PostgresAccounts
from shared.adapters.postgres import outbox
from shared.adapters.postgres.accounts import PostgresSessions
from shared.adapters.postgres.audit import PostgresAudit
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.grants import Grants
from shared.security.passwords import Passwords
from shared.security.tokens import Tokens
from shared.settings import Settings

NEED = ("database_url", "token_keys", "limits_url", "sink_url")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Readiness does not ask the broker: facts wait for it in the outbox."""
    database, clock = Postgres(settings.database_url), SystemClock()
    throttle, revocations = limits.ValkeyLimits(settings.limits_url), limits.revocations(settings)
    tokens = Tokens(settings.token_keys, clock, revocations)
    return Deps(
        accounts=PostgresAccounts(database),
        trail=PostgresAudit(database),
        passwords=Passwords(settings.bcrypt_cost),
        throttle=throttle,
        grants=Grants(sessions=PostgresSessions(database), tokens=tokens, clock=clock, revocations=revocations),
        outbox=outbox.PostgresOutbox(database),
        relay=outbox.relay(database, settings),
        clock=clock,
        tries_per_account=settings.login_tries_per_account,
        probes={"postgres": database.probe, "limits": throttle.probe, "keys": tokens.keys.probe},
    )
