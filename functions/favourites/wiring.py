"""Which adapters favourites runs on."""

from __future__ import annotations

from functions.favourites.service import Deps
from functions.favourites.store import ClickHouseNames, PostgresFavourites
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings import Settings

NEED = ("database_url", "clickhouse_url", "token_keys")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, warehouse, clock = Postgres(settings.database_url), ClickHouse(settings.clickhouse_url), SystemClock()
    tokens = Tokens(settings.token_keys, clock, limits.revocations(settings))
    return Deps(
        favourites=PostgresFavourites(database),
        names=ClickHouseNames(warehouse),
        tokens=tokens,
        clock=clock,
        probes={"postgres": database.probe, "clickhouse": warehouse.probe, "keys": tokens.keys.probe},
    )
