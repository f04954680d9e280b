"""Choose the adapters that stream-sales runs on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

from functions.stream_sales.service import Deps
from functions.stream_sales.store import ClickHouseLiveTables
from shared.adapters import event_log
from shared.adapters.clickhouse.client import ClickHouse
from shared.clock import SystemClock
from shared.settings.eventing import EventLogSettings
from shared.settings.stores import ClickHouseSettings

NEED = ("CLICKHOUSE_URL", "EVENT_LOG_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    clickhouse: ClickHouseSettings
    event_log: EventLogSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    warehouse = ClickHouse(settings.clickhouse.url)
    return Deps(
        log=cache(lambda: event_log.connect(settings.event_log.url)),
        tables=ClickHouseLiveTables(warehouse),
        clock=SystemClock(),
        member=f"stream-sales-{os.getpid()}",
        probes={"clickhouse": warehouse.probe},
    )
