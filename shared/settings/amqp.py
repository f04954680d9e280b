"""Settings of queues for those who use RabbitMQ."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import parsers
from shared.settings.loading import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class AmqpSettings:
    """The server of queues."""

    url: str = setting(
        "AMQP_URL",
        parsers.url("amqp", "amqps", "memory"),
        "",
        "RabbitMQ that states of events are published to and results are taken from; empty = none",
        secret=True,
    )
