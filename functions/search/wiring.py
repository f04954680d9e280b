"""Choose the adapters that search runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.search.service import Deps
from functions.search.store import ClickHouseNames
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.http.elasticsearch import ElasticSearch
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.search import PostgresSearch
from shared.ports.search import SearchIndex
from shared.settings.stores import ClickHouseSettings, PostgresSettings, SearchSettings

NEED = ("CLICKHOUSE_URL", "DATABASE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    postgres: PostgresSettings
    clickhouse: ClickHouseSettings
    search: SearchSettings


def build(settings: Settings) -> Deps:
    """Wire the function; no client connects yet. Readiness does not ask ClickHouse: searches work without it."""
    index = _index(settings)
    return Deps(names=ClickHouseNames(ClickHouse(settings.clickhouse.url)), index=index, probes={"index": index.probe})


def _index(settings: Settings) -> SearchIndex:
    if settings.search.url:
        return ElasticSearch(settings.search.url)
    return PostgresSearch(Postgres(settings.postgres.url))
