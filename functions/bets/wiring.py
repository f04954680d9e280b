"""Chooses the adapters of bets."""

from __future__ import annotations

from dataclasses import dataclass

from functions.bets.ports import Deps
from functions.bets.prices import CachedPrices
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.bets import PostgresBets
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.adapters.valkey.cache import ValkeyCache
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.stores import CacheSettings, PostgresSettings

NEED = ("DATABASE_URL", "CACHE_URL", "TOKEN_KEYS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    cache: CacheSettings
    sink: SinkSettings
    tokens: TokenSettings
    limits: LimitSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    bets = PostgresBets(database)
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        bets=bets,
        prices=CachedPrices(bets, ValkeyCache(settings.cache.url)),
        tokens=tokens,
        clock=clock,
        posted=ledger_blocks.sealer(database, settings.sink).notify,
        probes={"postgres": database.probe, "keys": tokens.keys.probe},
    )
