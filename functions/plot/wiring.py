"""Which adapters plot runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.plot.football_store import ClickHouseFootball
from functions.plot.forecast_store import PostgresForecasts
from functions.plot.service import Deps
from shared import lazy
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey.cache import ValkeyCache
from shared.settings import Settings

if TYPE_CHECKING:
    from functions.plot.drawing import renderer
else:
    renderer = lazy.Module("functions.plot.drawing.renderer", warm=False)

NEED = ("clickhouse_url", "database_url", "cache_url")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Of the cache readiness does not ask: without it all is drawn anew."""
    database, warehouse = Postgres(settings.database_url), ClickHouse(settings.clickhouse_url)
    return Deps(
        football=ClickHouseFootball(warehouse),
        forecasts=PostgresForecasts(database),
        cache=ValkeyCache(settings.cache_url),
        render=lambda picture, form, theme: renderer.render(picture, form, theme),
        probes={"postgres": database.probe, "clickhouse": warehouse.probe},
    )
