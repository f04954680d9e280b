"""Choose the adapters that ingest-batch runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.ingest_batch.service import Deps
from shared import lazy
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.http.event_sink import HttpSink
from shared.clock import SystemClock
from shared.settings.eventing import SinkSettings
from shared.settings.stores import ClickHouseSettings

if TYPE_CHECKING:
    from shared.adapters.arrow import record_batches
else:
    record_batches = lazy.Module("shared.adapters.arrow.record_batches")  # a twentieth of a cold start

NEED = ("CLICKHOUSE_URL", "K_SINK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    clickhouse: ClickHouseSettings
    sink: SinkSettings


def build(settings: Settings) -> Deps:
    """Wire the function; no client connects yet."""
    warehouse = ClickHouse(settings.clickhouse.url)
    return Deps(
        decode=lambda kind, encoded: record_batches.decode(kind, encoded),
        warehouse=warehouse,
        sink=HttpSink(settings.sink.url, overrides=settings.sink.overrides),
        clock=SystemClock(),
        probes={"clickhouse": warehouse.probe},
    )
