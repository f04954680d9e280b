"""Choose the adapters that analyze runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.analyze import ports
from functions.analyze.storage.analyses import PostgresAnalyses
from functions.analyze.storage.matches import ClickHouseMatches
from functions.analyze.storage.season_matches import ClickHouseSeasonStore
from functions.analyze.storage.views import PostgresViews
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.settings.stores import ClickHouseSettings, PostgresSettings

NEED = ("CLICKHOUSE_URL", "DATABASE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    postgres: PostgresSettings
    clickhouse: ClickHouseSettings


def build(settings: Settings) -> ports.Deps:
    """Wire the function; no client connects yet."""
    database, warehouse = Postgres(settings.postgres.url), ClickHouse(settings.clickhouse.url)
    return ports.Deps(
        matches=ClickHouseMatches(warehouse),
        analyses=PostgresAnalyses(database, debounce_s=ports.DEBOUNCE_S),
        seasons=ClickHouseSeasonStore(warehouse),
        views=PostgresViews(database),
        probes={"postgres": database.probe, "clickhouse": warehouse.probe},
    )
