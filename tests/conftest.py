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
from tests.support.module_order import ModuleOrder
from tests.support.temporary_folders import delete_abandoned

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


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        delete_abandoned()
    config.pluginmanager.register(ModuleOrder(), "touchline-module-order")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays, so nobody looks through it for garbage: a third of what collecting took."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
