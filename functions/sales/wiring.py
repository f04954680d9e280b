"""Choose the adapters that sales runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.sales.service import Deps
from functions.sales.store import ClickHouseSales, PostgresSellers
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.lake.catalogue import LakeCatalogue
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
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    warehouse = ClickHouse(settings.clickhouse.url)
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        tables=ClickHouseSales(warehouse),
        catalogue=LakeCatalogue(database),
        sellers=PostgresSellers(database),
        tokens=tokens,
        clock=clock,
        probes={"postgres": database.probe, "clickhouse": warehouse.probe, "keys": tokens.keys.probe},
    )
