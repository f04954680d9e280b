"""Addresses of the stores that every area may use."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import parsers
from shared.settings.loading import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSettings:
    """The database of record."""

    url: str = setting("DATABASE_URL", parsers.url("postgresql"), "", "Postgres of accounts and jobs", secret=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickHouseSettings:
    """The warehouse."""

    url: str = setting(
        "CLICKHOUSE_URL",
        parsers.url("http", "https"),
        "",
        "ClickHouse HTTP: http://user:password@host:port/db",
        secret=True,
    )
    cluster: str = setting(
        "CLICKHOUSE_CLUSTER",
        parsers.word,
        "",
        "cluster whose nodes migrations spread tables over; empty = one server",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """The cache of answers."""

    url: str = setting("CACHE_URL", parsers.url("redis", "rediss"), "", "Valkey that may forget", secret=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStoreSettings:
    """The store of files."""

    url: str = setting(
        "OBJECT_STORE_URL",
        parsers.url("file", "s3", "s3+http"),
        "",
        "files of users and raw answers: s3://key:secret@host/bucket?region=eu-west-1 (s3+http: unencrypted), or file:///folder",
        secret=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """The search engine."""

    url: str = setting(
        "SEARCH_URL",
        parsers.url("http", "https"),
        "",
        "Elasticsearch or OpenSearch: https://user:password@host:9200/alias; empty = names are kept in Postgres",
        secret=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalystSettings:
    """SQL of analysts."""

    enabled: bool = setting("ANALYST_SQL", parsers.flag, False, "whether the role analyst may query views by SQL")
    url: str = setting(
        "ANALYST_SQL_URL",
        parsers.url("http", "https"),
        "",
        "ClickHouse as a user that may only read the documented views; empty = CLICKHOUSE_URL",
        secret=True,
    )
