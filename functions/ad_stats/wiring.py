"""Chooses the adapters of ad-stats."""

from __future__ import annotations

from dataclasses import dataclass

from functions.ad_stats.service import Deps
from functions.ad_stats.store import ClickHouseAdStats, PostgresStoreCampaigns
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
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    warehouse = ClickHouse(settings.clickhouse.url)
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        campaigns=PostgresStoreCampaigns(database),
        stats=ClickHouseAdStats(warehouse),
        tokens=tokens,
        clock=clock,
        probes={"postgres": database.probe, "clickhouse": warehouse.probe, "keys": tokens.keys.probe},
    )
