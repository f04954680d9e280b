"""Which adapters search runs on."""

from __future__ import annotations

from functions.search.service import Deps
from functions.search.store import ClickHouseNames
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.http.elasticsearch import ElasticSearch
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.search import PostgresSearch
from shared.ports.search import SearchIndex
from shared.settings import Settings

NEED = ("clickhouse_url", "database_url")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Readiness does not ask ClickHouse: names are found without it."""
    index = _index(settings)
    return Deps(names=ClickHouseNames(ClickHouse(settings.clickhouse_url)), index=index, probes={"index": index.probe})


def _index(settings: Settings) -> SearchIndex:
    if settings.search_url:
        return ElasticSearch(settings.search_url)
    return PostgresSearch(Postgres(settings.database_url))
