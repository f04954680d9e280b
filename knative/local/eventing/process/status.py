"""The status of the data plane: readiness, lag and counts."""

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
LOG_TIMEOUT_S = 5.0


class Status:
    """Counts of every consumer by kind and name, since the process started."""

    def __init__(self, log: EventLog, consumers: Sequence[Consumer]) -> None:
        self._log = log
        self._consumers = consumers
        self._dispatchers: Sequence[Dispatcher] = ()
        self._counters: dict[tuple[str, Name], Counters] = {}

    def counters(self, kind: str, name: Name) -> Counters:
        """Return the counters of a consumer, which count up."""
        return self._counters.setdefault((kind, name), Counters())

    def watch(self, dispatchers: Sequence[Dispatcher]) -> None:
        """Wait for these to join their groups before the process is ready."""
        self._dispatchers = dispatchers

    def faults(self) -> list[str]:
        """Return why the process is not ready: consumers that have not joined their group, which needs the log."""
        missing = sum(not dispatcher.is_joined for dispatcher in self._dispatchers)
        return [f"{missing} consumer(s) wait for the event log"] if missing else []

    async def status(self) -> dict[str, Any]:
        """Return, by kind and name, `lag` (not yet acknowledged, what is in flight included) and the counts.

        The name includes the namespace where two of a kind share a name.
        """
        lags = {(consumer.kind, consumer.name): await self._lag(consumer) for consumer in self._consumers}
        n_of_name = Counter((kind, name.name) for kind, name in self._counters)
        status: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        for (kind, name), counters in self._counters.items():
            lag = {"lag": lags[kind, name]} if (kind, name) in lags else {}
            status[kind][name.name if n_of_name[kind, name.name] == 1 else str(name)] = {**lag, **asdict(counters)}
        return status

    async def _lag(self, consumer: Consumer) -> int:
        groups = {(config.topic, config.group) for config in consumer.configs}
        try:
            async with asyncio.timeout(LOG_TIMEOUT_S):
                return sum([await asyncio.to_thread(self._log.lag, topic, group) for topic, group in groups])
        except TimeoutError as exc:
            raise Unavailable("the event log does not answer") from exc
