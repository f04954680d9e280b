"""Choose the adapters that query-stats runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from functions.query_stats.analyst_engine import ClickHouseAnalyst
from functions.query_stats.ports import Deps
from functions.query_stats.response_cache import ResponseCache
from functions.query_stats.store import ClickHouseStats
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.valkey.cache import ValkeyCache
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.stores import AnalystSettings, CacheSettings, ClickHouseSettings

NEED = ("CLICKHOUSE_URL", "CACHE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    clickhouse: ClickHouseSettings
    cache: CacheSettings
    analyst: AnalystSettings
    edge: EdgeSettings
    tokens: TokenSettings
    limits: LimitSettings


def build(settings: Settings) -> Deps:
    """Wire the function; no client connects yet. Readiness does not ask the cache: reads work without it."""
    warehouse = ClickHouse(settings.clickhouse.url)
    return Deps(
        stats=ClickHouseStats(warehouse),
        responses=ResponseCache(ValkeyCache(settings.cache.url)),
        probes={"clickhouse": warehouse.probe},
        **(_analyst(settings) if settings.analyst.enabled else {}),
    )


def _analyst(settings: Settings) -> dict[str, Any]:
    """Return what SQL of analysts needs; only then are tokens verified here."""
    from shared.adapters.valkey import limits

    return {
        "analyst": ClickHouseAnalyst(settings.analyst.url or settings.clickhouse.url),
        "tokens": Tokens(settings.tokens.keys, SystemClock(), limits.revocations(settings.limits)),
    }
