"""Builds the running data plane: the ingress, the consumers and the PingSources."""

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
        http_client: HttpClient,
        clock: Clock,
        trace: EventTrace,
    ) -> None:
        by_path = {endpoint.path: endpoint for endpoint in endpoints.from_manifests(manifests, references)}
        consumers = list(build_consumers(manifests, references, by_path))
        self._status = status = Status(log, consumers)
        self._log = log
        self._http_client = http_client
        self._writer = LogWriter(log, {endpoint.topic: endpoint.partitions for endpoint in by_path.values()})
        self._runner = DeliveryRunner(
            http_client=http_client,
            writer=self._writer,
            clock=clock,
            trace=trace,
        )
        self._dispatchers = [
            Dispatcher(
                log=log,
                config=config,
                target=consumer.target,
                runner=self._runner,
                trace=trace,
                counters=status.counters(consumer.kind, consumer.name),
            )
            for consumer in consumers
            for config in consumer.configs
        ]
        status.watch(self._dispatchers)
        self._tickers = [
            Ticker(
                source,
                references.resolve(source.sink),
                http_client=http_client,
                writer=self._writer,
                clock=clock,
                trace=trace,
                counters=status.counters("pingsources", source.name),
            )
            for source in manifests.ping_sources
        ]
        self._ticks: list[asyncio.Task[None]] = []
        self.ingress = Ingress(endpoints=by_path, writer=self._writer, state=status, clock=clock, trace=trace)

    async def status(self) -> dict[str, Any]:
        """Return what each consumer has done and has still to do."""
        return await self._status.status()

    def start(self) -> None:
        """Begin to read and to tick."""
        for dispatcher in self._dispatchers:
            dispatcher.start()
        self._ticks = [asyncio.create_task(ticker.run()) for ticker in self._tickers]

    async def stop(self, *, grace_s: float) -> None:
        """Let deliveries complete within `grace_s`; the rest comes again after the next start."""
        for tick in self._ticks:
            tick.cancel()
        self._runner.stop()
        await asyncio.gather(*(dispatcher.stop(grace_s=grace_s) for dispatcher in self._dispatchers))
        await self._writer.close()
        await self._http_client.close()
        await asyncio.to_thread(self._log.close)
