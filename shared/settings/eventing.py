"""Settings for sending events and for the log."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import parsers
from shared.settings.loading import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkSettings:
    """The address that events are posted to, from a SinkBinding."""

    url: str = setting("K_SINK", parsers.url("http", "https"), "", "where events are posted (SinkBinding)")
    overrides: tuple[tuple[str, str], ...] = setting(
        "K_CE_OVERRIDES", parsers.extensions, (), "extensions laid over every posted event (SinkBinding)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLogSettings:
    """The durable log."""

    url: str = setting(
        "EVENT_LOG_URL",
        parsers.url("redis", "rediss", "kafka"),
        "",
        "the durable log: Valkey Streams or Kafka",
        secret=True,
    )
