"""Choose the adapters that daily-sales runs on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from functions.daily_sales.ports import Deps
from shared import lazy
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.lake.catalogue import LakeCatalogue
from shared.adapters.lake.storage import LakeStorage
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.stores import ClickHouseSettings, ObjectStoreSettings, PostgresSettings

if TYPE_CHECKING:
    from functions.daily_sales import duckdb_engine, spark_engine
else:
    duckdb_engine = lazy.Module("functions.daily_sales.duckdb_engine", warm=False)
    spark_engine = lazy.Module("functions.daily_sales.spark_engine", warm=False)

NEED = ("DATABASE_URL", "CLICKHOUSE_URL", "OBJECT_STORE_URL", "TOKEN_KEYS")
JOB_NEED = ("DATABASE_URL", "CLICKHOUSE_URL", "OBJECT_STORE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    clickhouse: ClickHouseSettings
    objects: ObjectStoreSettings
    tokens: TokenSettings
    limits: LimitSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    from functions.daily_sales.iceberg import LakeTables
    from functions.daily_sales.warehouse import SalesWarehouse

    database, clock = Postgres(settings.postgres.url), SystemClock()
    storage = LakeStorage(settings.objects)
    tables = LakeTables(settings.postgres.url, storage)
    clickhouse = ClickHouse(settings.clickhouse.url)
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        catalogue=LakeCatalogue(database),
        engines={
            "duckdb": lambda: duckdb_engine.open_engine(storage, tables),
            "spark": lambda: spark_engine.open_engine(storage, tables, settings.postgres.url),
        },
        history_bytes=tables.history_bytes,
        expire=lambda before: storage.delete_uris(tables.expire(before=before)),
        rule=json.loads(Path(__file__).with_name("engines.json").read_text("utf-8")),
        warehouse=SalesWarehouse(clickhouse, cluster=settings.clickhouse.cluster),
        tokens=tokens,
        clock=clock,
        probes={"postgres": database.probe, "clickhouse": clickhouse.probe, "keys": tokens.keys.probe},
    )
