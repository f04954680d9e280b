"""Chooses the adapters of verify-identity."""

from __future__ import annotations

from dataclasses import dataclass

from functions.verify_identity.service import Deps
from functions.verify_identity.store import PostgresIdentities
from shared.adapters.objects import build_objects
from shared.adapters.postgres import outbox
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.stores import ObjectStoreSettings, PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS", "LIMITS_URL", "OBJECT_STORE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of the function."""

    edge: EdgeSettings
    postgres: PostgresSettings
    objects: ObjectStoreSettings
    sink: SinkSettings
    tokens: TokenSettings
    limits: LimitSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock, store = Postgres(settings.postgres.url), SystemClock(), build_objects(settings.objects)
    throttle, revocations = limits.ValkeyLimits(settings.limits.url), limits.revocations(settings.limits)
    tokens = Tokens(settings.tokens.keys, clock, revocations)
    return Deps(
        identities=PostgresIdentities(database),
        objects=store,
        throttle=throttle,
        tokens=tokens,
        clock=clock,
        publish_events=outbox.early_publisher(database, settings.sink),
        probes={
            "postgres": database.probe,
            "limits": throttle.probe,
            "objects": store.probe,
            "keys": tokens.keys.probe,
        },
    )
