"""Which adapters analyze runs on."""

from __future__ import annotations

from functions.analyze import ports
from functions.analyze.ports import Deps
from functions.analyze.storage.analyses import PostgresFits
from functions.analyze.storage.matches import ClickHouseMatches
from functions.analyze.storage.season_matches import ClickHouseSeasons
from functions.analyze.storage.views import PostgresViews
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.settings import Settings

NEED = ("clickhouse_url", "database_url")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, warehouse = Postgres(settings.database_url), ClickHouse(settings.clickhouse_url)
    return Deps(
        matches=ClickHouseMatches(warehouse),
        fits=PostgresFits(database, quiet_s=ports.QUIET_S),
        seasons=ClickHouseSeasons(warehouse),
        views=PostgresViews(database),
        probes={"postgres": database.probe, "clickhouse": warehouse.probe},
    )
