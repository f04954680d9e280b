"""Which adapters verify-identity runs on."""

from __future__ import annotations

from functions.verify_identity.service import Deps
from functions.verify_identity.store import PostgresIdentities
from shared.adapters import limits, outbox
from shared.adapters.objects import objects
from shared.adapters.postgres import Postgres
from shared.clock import SystemClock
from shared.settings import Settings
from shared.tokens import Tokens

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
