"""Puts the parts together: from manifests to consumers, ticks and the door."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from knative.local.eventing import delivery, filters, kafkasource, message
from knative.local.eventing.clock import Clock
from knative.local.eventing.courier import Counters, Courier, Subscription
from knative.local.eventing.dispatch import Dispatcher
from knative.local.eventing.ingress import Ingress
from knative.local.eventing.journal import Journal
from knative.local.eventing.pingsource import Ticker
from knative.local.eventing.posting import Poster
from knative.local.eventing.window import Reading
from knative.local.eventing.writer import Writer
from knative.local.manifests import Broker, KafkaSource, Manifests, Name, Trigger
from knative.local.references import References
from shared.errors import Unavailable
from shared.ports import EventLog

PARTITIONS = 10
"""Of a broker's topic, and of a source's when nobody made it yet."""


def broker_topic(broker: Name) -> str:
    """The topic that keeps a Broker's events, named as the Kafka broker names it."""
    return f"knative-broker-{broker.namespace}-{broker.name}"


def trigger_group(trigger: Name) -> str:
    """The consumer group of a Trigger."""
    return f"knative-trigger-{trigger.namespace}-{trigger.name}"


class Eventing:
    """The running data plane; made on the event loop."""

    def __init__(
        self,
        manifests: Manifests,
        *,
        log: EventLog,
        references: References,
        poster: Poster,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._log = log
        self._references = references
        self._poster = poster
        self._clock = clock
        self._journal = journal
        topics = {broker_topic(broker.name): PARTITIONS for broker in manifests.brokers}
        topics |= {sink.topic: sink.partitions for sink in manifests.kafka_sinks}
        self._writer = Writer(log, topics)
        self._courier = Courier(
            poster=poster,
            writer=self._writer,
            clock=clock,
            journal=journal,
            at_once={service.name: service.container_concurrency for service in manifests.services},
        )
        self._groups: dict[str, dict[str, list[tuple[str, str]]]] = {"kafkasources": {}, "triggers": {}}
        self._counters: dict[tuple[str, str], Counters] = {}
        self._dispatchers: list[Dispatcher] = []
        self._ticks: list[asyncio.Task[None]] = []
        for source in manifests.kafka_sources:
            self._add_source(source)
        brokers = {broker.name: broker for broker in manifests.brokers}
        for trigger in manifests.triggers:
            self._add_trigger(trigger, brokers[trigger.broker])
        self._tickers = {
            source.name.name: Ticker(
                source,
                references.resolve(source.sink),
                poster=poster,
                writer=self._writer,
                clock=clock,
                counters=self._counters.setdefault(("pingsources", source.name.name), Counters()),
            )
            for source in manifests.ping_sources
        }
        self.door = Ingress(
            topics={broker.name: broker_topic(broker.name) for broker in manifests.brokers},
            writer=self._writer,
            state=self,
            journal=journal,
        )

    def start(self) -> None:
        """Begin to read and to tick."""
        for dispatcher in self._dispatchers:
            dispatcher.start()
        self._ticks = [asyncio.create_task(ticker.run()) for ticker in self._tickers.values()]

    async def stop(self, *, grace_s: float) -> None:
        """Let what is being delivered end within `grace_s`; the rest comes again after the next start."""
        for tick in self._ticks:
            tick.cancel()
        self._courier.stop()
        await asyncio.gather(*(dispatcher.stop(grace_s=grace_s) for dispatcher in self._dispatchers))
        await self._writer.close()
        await self._poster.close()
        await asyncio.to_thread(self._log.close)

    def faults(self) -> list[str]:
        """Why it is not ready: consumers that have not joined their group, which needs the log."""
        missing = sum(not dispatcher.joined for dispatcher in self._dispatchers)
        return [f"{missing} consumer(s) wait for the event log"] if missing else []

    async def status(self) -> dict[str, Any]:
        """By kind and name: `lag` (not yet acknowledged, what is in flight included) and counts since the start."""
        told: dict[str, Any] = {}
        # Sources first: what they have delivered is on the broker's topic before it leaves their lag, so somebody who
        # waits for all lags to be zero cannot look in between.
        for kind, groups in self._groups.items():
            told[kind] = {name: await self._told(kind, name, readings) for name, readings in groups.items()}
        told["pingsources"] = {
            name: asdict(counters) for (kind, name), counters in self._counters.items() if kind == "pingsources"
        }
        return told

    async def _told(self, kind: str, name: str, readings: list[tuple[str, str]]) -> dict[str, int]:
        try:
            async with asyncio.timeout(5):
                lags = [await asyncio.to_thread(self._log.lag, topic, group) for topic, group in readings]
        except TimeoutError as exc:
            raise Unavailable("the event log does not answer") from exc
        return {"lag": sum(lags), **asdict(self._counters[kind, name])}

    def _add_source(self, source: KafkaSource) -> None:
        to = Subscription(
            label=f"KafkaSource {source.name}",
            namespace=source.name.namespace,
            destination=self._references.resolve(source.sink),
            policy=delivery.of_source(source, self._references),
        )
        for topic in source.topics:
            for number in range(source.consumers):
                reading = Reading(
                    topic=topic,
                    partitions=PARTITIONS,
                    group=source.consumer_group,
                    member=f"{source.name.name}-{number}",
                    start=source.start,
                    decode=kafkasource.decoder(source),
                    order=source.order,
                )
                self._add("kafkasources", source.name.name, reading, to)

    def _add_trigger(self, trigger: Trigger, broker: Broker) -> None:
        to = Subscription(
            label=f"Trigger {trigger.name}",
            namespace=trigger.name.namespace,
            destination=self._references.resolve(trigger.subscriber),
            policy=delivery.of_trigger(trigger, broker, self._references),
            reply_topic=broker_topic(broker.name),
        )
        reading = Reading(
            topic=broker_topic(broker.name),
            partitions=PARTITIONS,
            group=trigger_group(trigger.name),
            member=trigger.name.name,
            decode=message.from_entry,
            filter=filters.of_trigger(trigger, broker.broker_class),
            order=trigger.order,
        )
        self._add("triggers", trigger.name.name, reading, to)

    def _add(self, kind: str, name: str, reading: Reading, to: Subscription) -> None:
        counters = self._counters.setdefault((kind, name), Counters())
        groups = self._groups[kind].setdefault(name, [])
        if (reading.topic, reading.group) not in groups:
            groups.append((reading.topic, reading.group))
        self._dispatchers.append(
            Dispatcher(
                log=self._log,
                reading=reading,
                to=to,
                courier=self._courier,
                journal=self._journal,
                counters=counters,
            )
        )
