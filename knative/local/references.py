"""Where a `ref` leads on a laptop: the functions process, the eventing process, or a topic of the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from knative.local.manifests import Destination, Manifests, Name, Ref
from shared.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of the log as a destination."""

    name: str


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
        self._brokers = {each.name for each in manifests.brokers}
        self._topics = {each.name: each.topic for each in manifests.kafka_sinks}

    def resolve(self, destination: Destination) -> Address | Topic:
        """The place a destination names; a relative `uri` counts from the root of what `ref` names.

        Raises
        ------
        NotFound : nothing of that kind and name is among the manifests.
        """
        if destination.ref is None:
            return Address(url=destination.uri)
        kind, name = destination.ref.kind, destination.ref.name
        path = f"/{destination.uri.lstrip('/')}" if destination.uri else ""
        if kind == "Service" and name in self._services:
            return Address(url=f"{self._functions_url}/{name}{path or '/'}", service=name)
        if kind == "Broker" and name in self._brokers:
            return Address(url=f"{self._eventing_url}/{name}{path}")
        if kind == "KafkaSink" and name in self._topics:
            return Topic(name=self._topics[name])
        raise NotFound(f"no {kind} {name} among the manifests")


def dangling(manifests: Manifests) -> list[str]:
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
        if broker.delivery and broker.delivery.dead_letter_sink:
            yield f"Broker {broker.name}", broker.delivery.dead_letter_sink
    for trigger in manifests.triggers:
        owner = f"Trigger {trigger.name}"
        yield owner, Destination(ref=Ref(kind="Broker", name=trigger.broker))
        yield owner, trigger.subscriber
        if trigger.delivery and trigger.delivery.dead_letter_sink:
            yield owner, trigger.delivery.dead_letter_sink
    for source in manifests.kafka_sources:
        yield f"KafkaSource {source.name}", source.sink
        if source.delivery and source.delivery.dead_letter_sink:
            yield f"KafkaSource {source.name}", source.delivery.dead_letter_sink
    for ping in manifests.ping_sources:
        yield f"PingSource {ping.name}", ping.sink
    for binding in manifests.sink_bindings:
        yield f"SinkBinding {binding.name}", binding.sink
        if binding.subject.name:
            subject = Name(namespace=binding.subject.namespace, name=binding.subject.name)
            yield f"SinkBinding {binding.name}", Destination(ref=Ref(kind="Service", name=subject))
