"""Which adapters verify-identity runs on."""

from __future__ import annotations

from functions.verify_identity.service import Deps
from functions.verify_identity.store import PostgresIdentities
from shared.adapters.objects import objects
from shared.adapters.postgres import outbox
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings import Settings

NEED = ("database_url", "token_keys", "limits_url", "object_store_url")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock, store = Postgres(settings.database_url), SystemClock(), objects(settings)
    throttle, revocations = limits.ValkeyLimits(settings.limits_url), limits.revocations(settings)
    tokens = Tokens(settings.token_keys, clock, revocations)
    return Deps(
        identities=PostgresIdentities(database),
        objects=store,
        throttle=throttle,
        tokens=tokens,
        clock=clock,
        tell=outbox.soon(database, settings),
        probes={
            "postgres": database.probe,
            "limits": throttle.probe,
            "objects": store.probe,
            "keys": tokens.keys.probe,
        },
    )
