"""Choose the adapters that plot runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.plot.football_store import ClickHouseFootball
from functions.plot.forecast_store import PostgresForecasts
from functions.plot.service import Deps
from shared import lazy
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey.cache import ValkeyCache
from shared.settings.stores import CacheSettings, ClickHouseSettings, PostgresSettings

if TYPE_CHECKING:
    from functions.plot.drawing import renderer
else:
    renderer = lazy.Module("functions.plot.drawing.renderer", warm=False)

NEED = ("CLICKHOUSE_URL", "DATABASE_URL", "CACHE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    postgres: PostgresSettings
    clickhouse: ClickHouseSettings
    cache: CacheSettings


def build(settings: Settings) -> Deps:
    """Wire the function; no client connects yet. Readiness does not ask the cache: plot works without it."""
    database, warehouse = Postgres(settings.postgres.url), ClickHouse(settings.clickhouse.url)
    return Deps(
        football=ClickHouseFootball(warehouse),
        forecasts=PostgresForecasts(database),
        cache=ValkeyCache(settings.cache.url),
        render=lambda *args: renderer.render(*args),
        probes={"postgres": database.probe, "clickhouse": warehouse.probe},
    )
