"""Which adapters query-stats runs on."""

from __future__ import annotations

from functions.query_stats.response_cache import Memory
from functions.query_stats.stats_request import Deps
from functions.query_stats.store import ClickHouseStats
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.valkey.cache import ValkeyCache
from shared.settings import Settings

NEED = ("clickhouse_url", "cache_url")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. The cache is no dependency of readiness: reads go on without it."""
    warehouse = ClickHouse(settings.clickhouse_url)
    return Deps(
        stats=ClickHouseStats(warehouse),
        memory=Memory(ValkeyCache(settings.cache_url)),
        probes={"clickhouse": warehouse.probe},
    )
