"""Chooses the adapters of stores."""

from __future__ import annotations

from dataclasses import dataclass

from functions.stores.order_store import PostgresOrders
from functions.stores.ports import Deps
from functions.stores.store import PostgresPayments, PostgresStores
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.user_names import UserNames
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import ServiceTokens, Tokens
from shared.settings.accounts import LimitSettings, ServiceTokenSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS", "SERVICE_TOKEN_KEYS")
AUDIENCE = "core"
"""Names this function in service tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    sink: SinkSettings
    tokens: TokenSettings
    service_tokens: ServiceTokenSettings
    limits: LimitSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    service_tokens = ServiceTokens(settings.service_tokens.keys, clock, name=AUDIENCE)
    return Deps(
        stores=PostgresStores(database),
        payments=PostgresPayments(database),
        orders=PostgresOrders(database),
        names=UserNames(database),
        tokens=tokens,
        service_tokens=service_tokens,
        clock=clock,
        posted=ledger_blocks.sealer(database, settings.sink).notify,
        probes={
            "postgres": database.probe,
            "keys": tokens.keys.probe,
            "service_keys": service_tokens.keys.probe,
        },
    )
