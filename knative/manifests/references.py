"""Resolves a `ref` on a laptop: the functions process, the eventing process, or a topic of the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from knative.manifests import sequences
from knative.manifests.model import Delivery, Destination, Manifests, Name, Ref
from shared.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A KafkaSink as a destination. What runs here appends to its topic instead of posting to its address."""

    name: str
    url: str = ""
    structured: bool = False
    """The content mode of its records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Something that takes POSTs."""

    url: str
    service: Name | None = None
    """The function behind it, when it is one."""


class References:
    """Resolves destinations of a set of manifests."""

    def __init__(self, manifests: Manifests, *, functions_url: str, eventing_url: str) -> None:
        self._functions_url = functions_url.rstrip("/")
        self._eventing_url = eventing_url.rstrip("/")
        self._services = {each.name for each in manifests.services}
        self._sinks = {each.name: each for each in manifests.kafka_sinks}
        self._paths = {("Broker", each.name): f"/{each.name}" for each in manifests.brokers}
        self._paths |= {("Channel", each.name): f"/channels/{each.name}" for each in manifests.channels}
        self._paths |= {
            ("Sequence", each.name): f"/channels/{sequences.entry_channel(each)}" for each in manifests.sequences
        }
        self._paths |= {("KafkaSink", each.name): f"/kafkasinks/{each.name}" for each in manifests.kafka_sinks}

    def resolve(self, destination: Destination) -> Address | Topic:
        """The place a destination names; a relative `uri` is joined to the address of what `ref` names.

        Raises
        ------
        NotFound : nothing of that kind and name is among the manifests.
        """
        if destination.ref is None:
            return Address(url=destination.uri)
        kind, name, uri = destination.ref.kind, destination.ref.name, destination.uri
        if kind == "Service" and name in self._services:
            return Address(url=f"{self._functions_url}/{name}{_path_from_root(uri)}", service=name)
        if (kind, name) not in self._paths:
            raise NotFound(f"no {kind} {name} among the manifests")
        url = urljoin(self._eventing_url + self._paths[kind, name], uri)
        if kind == "KafkaSink" and not uri:
            return Topic(name=self._sinks[name].topic, url=url, structured=self._sinks[name].structured)
        return Address(url=url)

    def url_of(self, kind: str, name: Name) -> str:
        """The address of an object; `NotFound` as from `resolve`."""
        return self.resolve(Destination(ref=Ref(kind=kind, name=name))).url

    def url_of_functions(self, namespace: str) -> str:
        """The pattern of the addresses of a namespace's functions, with ``{function}`` in place of a name."""
        return f"{self._functions_url}/{namespace}/{{function}}"


def _path_from_root(uri: str) -> str:
    """A `uri` as a Service sees it, for which it counts from the root of a host of its own."""
    joined = urlsplit(urljoin("http://host/", uri))
    return f"{joined.path}?{joined.query}" if joined.query else joined.path


def find_unresolved(manifests: Manifests) -> list[str]:
    """Every reference to something that is not there, in words."""
    places = References(manifests, functions_url="http://functions", eventing_url="http://eventing")
    faults = []
    for owner, destination in _destinations(manifests):
        try:
            places.resolve(destination)
        except NotFound as exc:
            faults.append(f"{owner}: {exc}")
    for rule in manifests.routes:
        try:
            places.resolve(Destination(ref=Ref(kind="Service", name=rule.service)))
        except NotFound as exc:
            faults.append(f"route {rule.prefix}: {exc}")
    return faults


def _destinations(manifests: Manifests) -> Iterator[tuple[str, Destination]]:
    for broker in manifests.brokers:
        yield from _dead_letter_sinks(f"Broker {broker.name}", broker.delivery)
    for trigger in manifests.triggers:
        owner = f"Trigger {trigger.name}"
        yield owner, Destination(ref=Ref(kind="Broker", name=trigger.broker))
        yield owner, trigger.subscriber
        yield from _dead_letter_sinks(owner, trigger.delivery)
    yield from _messaging_destinations(manifests)
    for source in manifests.kafka_sources:
        yield f"KafkaSource {source.name}", source.sink
        yield from _dead_letter_sinks(f"KafkaSource {source.name}", source.delivery)
    for ping in manifests.ping_sources:
        yield f"PingSource {ping.name}", ping.sink
    for binding in manifests.sink_bindings:
        yield f"SinkBinding {binding.name}", binding.sink
        if binding.subject.name:
            subject = Name(namespace=binding.subject.namespace, name=binding.subject.name)
            yield f"SinkBinding {binding.name}", Destination(ref=Ref(kind="Service", name=subject))


def _messaging_destinations(manifests: Manifests) -> Iterator[tuple[str, Destination]]:
    for channel in manifests.channels:
        yield from _dead_letter_sinks(f"Channel {channel.name}", channel.delivery)
    for subscription in manifests.subscriptions:
        owner = f"Subscription {subscription.name}"
        yield owner, Destination(ref=Ref(kind="Channel", name=subscription.channel))
        yield owner, subscription.subscriber
        if subscription.reply:
            yield owner, subscription.reply
        yield from _dead_letter_sinks(owner, subscription.delivery)


def _dead_letter_sinks(owner: str, delivery: Delivery | None) -> Iterator[tuple[str, Destination]]:
    if delivery and delivery.dead_letter_sink:
        yield owner, delivery.dead_letter_sink
