"""What the data plane tells about itself: readiness, lag and counts."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.dispatcher import Dispatcher
from knative.local.eventing.process.consumers import Consumer
from knative.manifests.model import Name
from shared.errors import Unavailable
from shared.ports.log import EventLog

KINDS = ("kafkasources", "triggers", "subscriptions", "pingsources")
PATIENCE_S = 5.0
"""With the log."""


class Status:
    """Counts by kind and name, since the process started."""

    def __init__(self, log: EventLog, consumers: Sequence[Consumer]) -> None:
        self._log = log
        self._consumers = consumers
        self._dispatchers: Sequence[Dispatcher] = ()
        self._counters: dict[tuple[str, Name], Counters] = {}

    def counters(self, kind: str, name: Name) -> Counters:
        """To be counted up."""
        return self._counters.setdefault((kind, name), Counters())

    def watch(self, dispatchers: Sequence[Dispatcher]) -> None:
        """These have to join their groups before the process is ready."""
        self._dispatchers = dispatchers

    def faults(self) -> list[str]:
        """Why it is not ready: consumers that have not joined their group, which needs the log."""
        missing = sum(not dispatcher.joined for dispatcher in self._dispatchers)
        return [f"{missing} consumer(s) wait for the event log"] if missing else []

    async def status(self) -> dict[str, Any]:
        """By kind and name: `lag` (not yet acknowledged, what is in flight included) and the counts.

        The namespace is told where two of a kind share a name.
        """
        lags = {(consumer.kind, consumer.name): await self._lag(consumer) for consumer in self._consumers}
        alike = Counter((kind, name.name) for kind, name in self._counters)
        told: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        for (kind, name), counters in self._counters.items():
            lag = {"lag": lags[kind, name]} if (kind, name) in lags else {}
            told[kind][name.name if alike[kind, name.name] == 1 else str(name)] = {**lag, **asdict(counters)}
        return told

    async def _lag(self, consumer: Consumer) -> int:
        groups = {(reading.topic, reading.group) for reading in consumer.readings}
        try:
            async with asyncio.timeout(PATIENCE_S):
                return sum([await asyncio.to_thread(self._log.lag, topic, group) for topic, group in groups])
        except TimeoutError as exc:
            raise Unavailable("the event log does not answer") from exc
