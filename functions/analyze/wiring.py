"""Which adapters analyze runs on."""

from __future__ import annotations

from functions.analyze import fitting
from functions.analyze.matches import ClickHouseMatches
from functions.analyze.season_matches import ClickHouseSeasons
from functions.analyze.service import Deps
from functions.analyze.store import PostgresFits
from functions.analyze.view_store import PostgresViews
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.settings import Settings

NEED = ("clickhouse_url", "database_url")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, warehouse = Postgres(settings.database_url), ClickHouse(settings.clickhouse_url)
    return Deps(
        matches=ClickHouseMatches(warehouse),
        fits=PostgresFits(database, quiet_s=fitting.QUIET_S),
        seasons=ClickHouseSeasons(warehouse),
        views=PostgresViews(database),
        probes={"postgres": database.probe, "clickhouse": warehouse.probe},
    )
