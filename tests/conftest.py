"""Every test may ask for real engines by name; see `tests.support.engines.fixtures`."""

from __future__ import annotations

import gc
from collections.abc import Generator

import hypothesis
import pytest

from tests.support.engines.fixtures import (
    _shared_database,
    bus_server,
    bus_url,
    cache_server,
    cache_url,
    clickhouse_url,
    database_url,
    emptied_database_url,
    frail_server,
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
    "frail_server",
    "kafka_servers",
    "olap",
    "postgres_server",
]

# How long an example may take says more about the machine's load than about the code.
hypothesis.settings.register_profile("touchline", deadline=None)
hypothesis.settings.load_profile("touchline")

FIRST = ("tests/e2e/test_replay", "tests/integration", "tests/e2e", "tests/k8s", "tests/images", "tests/contract")
"""Begun in this order when several run at a time, as these take long: what is left in the end is short."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: [not item.nodeid.startswith(path) for path in FIRST])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays, so nobody looks through it for garbage: a third of what collecting took."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
