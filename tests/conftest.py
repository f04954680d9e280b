"""Every test may ask for real engines by name; see `tests.engines`."""

from __future__ import annotations

from tests.engines import (
    _shared_database,
    bus_server,
    bus_url,
    cache_server,
    cache_url,
    clickhouse_url,
    database_url,
    emptied_database_url,
    kafka_servers,
    olap,
    postgres_server,
)

__all__ = [
    "_shared_database",
    "bus_server",
    "bus_url",
    "cache_server",
    "cache_url",
    "clickhouse_url",
    "database_url",
    "emptied_database_url",
    "kafka_servers",
    "olap",
    "postgres_server",
]
