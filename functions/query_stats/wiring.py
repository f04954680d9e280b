"""Choose the adapters that query-stats runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.query_stats.ports import Deps
from functions.query_stats.response_cache import ResponseCache
from functions.query_stats.store import ClickHouseStats
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.valkey.cache import ValkeyCache
from shared.settings.stores import CacheSettings, ClickHouseSettings

NEED = ("CLICKHOUSE_URL", "CACHE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    clickhouse: ClickHouseSettings
    cache: CacheSettings


def build(settings: Settings) -> Deps:
    """Wire the function; no client connects yet. Readiness does not ask the cache: reads work without it."""
    warehouse = ClickHouse(settings.clickhouse.url)
    return Deps(
        stats=ClickHouseStats(warehouse),
        responses=ResponseCache(ValkeyCache(settings.cache.url)),
        probes={"clickhouse": warehouse.probe},
    )
