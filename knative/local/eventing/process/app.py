"""Puts the parts together: the door, the consumers and the clock."""

from __future__ import annotations

import asyncio
from typing import Any

from knative.local.eventing.delivery.dispatcher import Dispatcher
from knative.local.eventing.delivery.http_client import HttpClient
from knative.local.eventing.delivery.runner import DeliveryRunner
from knative.local.eventing.ingress import endpoints
from knative.local.eventing.ingress.handler import Ingress
from knative.local.eventing.process.consumers import build_consumers
from knative.local.eventing.process.status import Status
from knative.local.eventing.runtime.clock import Clock
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.local.eventing.sources.ping_source import Ticker
from knative.local.eventing.trace.event_trace import EventTrace
from knative.manifests.model import Manifests
from knative.manifests.references import References
from shared.ports.log import EventLog


class Eventing:
    """The running data plane; made on the event loop."""

    def __init__(
        self,
        manifests: Manifests,
        *,
        log: EventLog,
        references: References,
        poster: HttpClient,
        clock: Clock,
        journal: EventTrace,
    ) -> None:
        ways_in = {endpoint.path: endpoint for endpoint in endpoints.from_manifests(manifests, references)}
        consumers = list(build_consumers(manifests, references, ways_in))
        self._status = status = Status(log, consumers)
        self._log = log
        self._poster = poster
        self._writer = LogWriter(log, {endpoint.topic: endpoint.partitions for endpoint in ways_in.values()})
        self._courier = DeliveryRunner(
            poster=poster,
            writer=self._writer,
            clock=clock,
            journal=journal,
        )
        self._dispatchers = [
            Dispatcher(
                log=log,
                reading=reading,
                to=consumer.to,
                courier=self._courier,
                journal=journal,
                counters=status.counters(consumer.kind, consumer.name),
            )
            for consumer in consumers
            for reading in consumer.readings
        ]
        status.watch(self._dispatchers)
        self._tickers = [
            Ticker(
                source,
                references.resolve(source.sink),
                poster=poster,
                writer=self._writer,
                clock=clock,
                journal=journal,
                counters=status.counters("pingsources", source.name),
            )
            for source in manifests.ping_sources
        ]
        self._ticks: list[asyncio.Task[None]] = []
        self.ingress = Ingress(endpoints=ways_in, writer=self._writer, state=status, clock=clock, journal=journal)

    async def status(self) -> dict[str, Any]:
        """What each consumer has done and has yet to do."""
        return await self._status.status()

    def start(self) -> None:
        """Begin to read and to tick."""
        for dispatcher in self._dispatchers:
            dispatcher.start()
        self._ticks = [asyncio.create_task(ticker.run()) for ticker in self._tickers]

    async def stop(self, *, grace_s: float) -> None:
        """Let what is being delivered end within `grace_s`; the rest comes again after the next start."""
        for tick in self._ticks:
            tick.cancel()
        self._courier.stop()
        await asyncio.gather(*(dispatcher.stop(grace_s=grace_s) for dispatcher in self._dispatchers))
        await self._writer.close()
        await self._poster.close()
        await asyncio.to_thread(self._log.close)
