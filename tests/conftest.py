"""Every test may ask for real engines by name; see `tests.engines`."""

from __future__ import annotations

import hypothesis

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

# How long an example may take says more about the machine's load than about the code.
hypothesis.settings.register_profile("touchline", deadline=None)
hypothesis.settings.load_profile("touchline")
