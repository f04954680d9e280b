"""Which adapters analyze runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.analyze import ports
from functions.analyze.ports import Deps
from functions.analyze.storage.analyses import PostgresFits
from functions.analyze.storage.matches import ClickHouseMatches
from functions.analyze.storage.season_matches import ClickHouseSeasons
from functions.analyze.storage.views import PostgresViews
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.settings.stores import ClickHouseSettings, PostgresSettings

NEED = ("CLICKHOUSE_URL", "DATABASE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the function reads from the environment."""

    postgres: PostgresSettings
    clickhouse: ClickHouseSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, warehouse = Postgres(settings.postgres.url), ClickHouse(settings.clickhouse.url)
    return Deps(
        matches=ClickHouseMatches(warehouse),
        fits=PostgresFits(database, quiet_s=ports.QUIET_S),
        seasons=ClickHouseSeasons(warehouse),
        views=PostgresViews(database),
        probes={"postgres": database.probe, "clickhouse": warehouse.probe},
    )
