"""The addresses that accept events: those of Brokers, Channels and KafkaSinks, each with its topic and rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from knative.local.eventing.message import hop_limit, message
from knative.local.eventing.message.message import Message
from knative.local.eventing.runtime.topic_names import broker_topic, channel_topic
from knative.manifests.model import BrokerClass, Manifests
from knative.manifests.references import References
from shared.ports.log import NewEntry

PARTITIONS = 10
"""Number of partitions of a Broker's or Channel's topic."""

PATH = re.compile(r"/(?:(?:channels|kafkasinks)/)?[^/]+/[^/]+")
"""A Broker has the path it has on a cluster; Channels and KafkaSinks have hosts of their own there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressEndpoint:
    """One address that accepts events."""

    label: str
    """Kind and name, for people."""
    url: str
    topic: str
    partitions: int = PARTITIONS
    data_plane: BrokerClass
    counts_hops: bool = False
    """Whether the channel broker's guard against loops is on."""
    structured: bool = False
    """The content mode of the records."""

    @property
    def path(self) -> str:
        """The path of its address."""
        return urlsplit(self.url).path

    def read(self, headers: Mapping[str, str], body: bytes) -> Message:
        """Read the event of a request in either content mode; `InvalidInput` when there is none."""
        return message.from_http(headers, body, self.data_plane)

    def entry(self, event: Message, now: datetime) -> NewEntry:
        """Return the record to append for an event that arrives now; `NoHopsLeft` when it may not enter."""
        stored = hop_limit.decrement(event, now) if self.counts_hops else event
        return stored.entry(structured=self.structured)


def from_manifests(manifests: Manifests, references: References) -> Iterator[IngressEndpoint]:
    """Build all endpoints."""
    for broker in manifests.brokers:
        yield IngressEndpoint(
            label=f"Broker {broker.name}",
            url=references.url_of("Broker", broker.name),
            topic=broker_topic(broker.name),
            data_plane=broker.broker_class,
            counts_hops=broker.broker_class is BrokerClass.CHANNEL,
        )
    for channel in manifests.channels:
        yield IngressEndpoint(
            label=f"Channel {channel.name}",
            url=references.url_of("Channel", channel.name),
            topic=channel_topic(channel.name),
            data_plane=channel.data_plane,
        )
    for sink in manifests.kafka_sinks:
        yield IngressEndpoint(
            label=f"KafkaSink {sink.name}",
            url=references.url_of("KafkaSink", sink.name),
            topic=sink.topic,
            partitions=sink.partitions,
            data_plane=BrokerClass.KAFKA,
            structured=sink.structured,
        )
