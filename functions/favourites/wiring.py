"""Choose the adapters that favourites runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.favourites.service import Deps
from functions.favourites.store import ClickHouseNames, PostgresFavourites
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.stores import ClickHouseSettings, PostgresSettings

NEED = ("DATABASE_URL", "CLICKHOUSE_URL", "TOKEN_KEYS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    clickhouse: ClickHouseSettings
    tokens: TokenSettings
    limits: LimitSettings


def build(settings: Settings) -> Deps:
    """Wire the function; no client connects yet."""
    database, warehouse, clock = Postgres(settings.postgres.url), ClickHouse(settings.clickhouse.url), SystemClock()
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        favourites=PostgresFavourites(database),
        names=ClickHouseNames(warehouse),
        tokens=tokens,
        clock=clock,
        probes={"postgres": database.probe, "clickhouse": warehouse.probe, "keys": tokens.keys.probe},
    )
