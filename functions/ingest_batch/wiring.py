"""Which adapters ingest-batch runs on."""

from __future__ import annotations

from functions.ingest_batch.service import Deps
from shared.adapters.arrow import record_batches as arrow
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.http.event_sink import HttpSink
from shared.clock import SystemClock
from shared.settings import Settings

NEED = ("clickhouse_url", "sink_url")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    warehouse = ClickHouse(settings.clickhouse_url)
    return Deps(
        decode=arrow.decode,
        warehouse=warehouse,
        sink=HttpSink(settings.sink_url, overrides=settings.sink_overrides),
        clock=SystemClock(),
        probes={"clickhouse": warehouse.probe},
    )
