"""From manifests to the graph."""

from __future__ import annotations

from collections.abc import Iterator

from knative.graph.model import Edge, EdgeKind, Graph, Node, NodeKind
from knative.manifests import filter_text, sequences
from knative.manifests.model import (
    Broker,
    Delivery,
    Destination,
    Emission,
    KafkaSource,
    Manifests,
    Name,
    Service,
    Subscription,
    Trigger,
)


def build_graph(manifests: Manifests) -> Graph:
    """The graph of a set of manifests whose references all lead somewhere."""
    return _GraphBuilder(manifests).graph()


class _GraphBuilder:
    """Makes nodes as edges name them, so that nothing stands there without a reason."""

    def __init__(self, manifests: Manifests) -> None:
        self._all = manifests
        self._topics = {sink.name: sink.topic for sink in manifests.kafka_sinks}
        self._entrances = {each.name: sequences.entry_channel(each) for each in manifests.sequences}
        self._nodes: dict[str, Node] = {}

    def graph(self) -> Graph:
        for service in self._all.services:
            self._add(NodeKind.FUNCTION, service.name)
        for broker in self._all.brokers:
            self._add(NodeKind.BROKER, broker.name)
        edges = tuple(self._edges())
        return Graph(nodes=tuple(self._nodes.values()), edges=edges)

    def _edges(self) -> Iterator[Edge]:
        for rule in self._all.routes:
            path = self._add_node(Node(kind=NodeKind.PATH, name=rule.prefix))
            yield Edge(start=path, end=self._add(NodeKind.FUNCTION, rule.service), kind=EdgeKind.CALLS)
        for ping in self._all.ping_sources:
            words = f"{ping.schedule} {ping.timezone}".rstrip()
            clock = self._add_node(
                Node(kind=NodeKind.CLOCK, name=ping.name.name, namespace=ping.name.namespace, words=words)
            )
            data = ping.data.decode(errors="replace")
            yield self._to(ping.sink, clock, EdgeKind.TICKS, owner=f"PingSource {ping.name}", words=data)
        for source in self._all.kafka_sources:
            yield from self._source(source)
        brokers = {broker.name: broker for broker in self._all.brokers}
        for trigger in self._all.triggers:
            yield from self._trigger(trigger, brokers[trigger.broker])
        for subscription in self._all.subscriptions:
            yield from self._subscription(subscription)
        for service in self._all.services:
            for emission in service.emits:
                yield from self._emission(service, emission)

    def _source(self, source: KafkaSource) -> Iterator[Edge]:
        owner = f"KafkaSource {source.name}"
        for topic in source.topics:
            yield self._to(source.sink, self._topic(topic), EdgeKind.WAKES, owner=owner, words=f"{source.order.value}")
        yield from self._dead_letters(owner, source.sink, source.delivery)

    def _trigger(self, trigger: Trigger, broker: Broker) -> Iterator[Edge]:
        owner = f"Trigger {trigger.name}"
        start = self._add(NodeKind.BROKER, broker.name)
        yield self._to(
            trigger.subscriber,
            start,
            EdgeKind.WAKES,
            owner=owner,
            words=filter_text.describe_filter(trigger),
            type=filter_text.filtered_type(trigger),
        )
        yield from self._dead_letters(owner, trigger.subscriber, trigger.delivery, broker.delivery)

    def _subscription(self, subscription: Subscription) -> Iterator[Edge]:
        owner = f"Subscription {subscription.name}"
        start = self._add(NodeKind.CHANNEL, subscription.channel)
        yield self._to(subscription.subscriber, start, EdgeKind.WAKES, owner=owner)
        if subscription.reply:
            yield self._to(subscription.reply, self._node(subscription.subscriber), EdgeKind.REPLIES, owner=owner)
        channel = next((each for each in self._all.channels if each.name == subscription.channel), None)
        of_channel = channel.delivery if channel else None
        yield from self._dead_letters(owner, subscription.subscriber, subscription.delivery, of_channel)

    def _dead_letters(self, owner: str, of: Destination, *deliveries: Delivery | None) -> Iterator[Edge]:
        """The first delivery that names a sink counts."""
        sinks = [delivery.dead_letter_sink for delivery in deliveries if delivery and delivery.dead_letter_sink]
        if sinks:
            yield self._to(sinks[0], self._node(of), EdgeKind.DEAD_LETTERS, owner=owner)

    def _emission(self, service: Service, emission: Emission) -> Iterator[Edge]:
        """To the topic it names; else to the sink that is bound, or as a reply to those that wake it."""
        start = self._add(NodeKind.FUNCTION, service.name)
        ends: dict[str, str] = {}
        if emission.topic:
            ends[self._topic(emission.topic)] = ""
        else:
            bound = [each for each in self._all.sink_bindings if each.subject.selects(service)]
            ends = {self._node(each.sink): f"SinkBinding {each.name}" for each in bound} or {
                self._add(NodeKind.BROKER, trigger.broker): f"Trigger {trigger.name}"
                for trigger in self._all.triggers
                if self._node(trigger.subscriber) == start
            }
        for end, owner in ends.items():
            yield Edge(start=start, end=end, kind=EdgeKind.EMITS, owner=owner, words=emission.type, type=emission.type)

    def _to(
        self, destination: Destination, start: str, kind: EdgeKind, *, owner: str, words: str = "", type: str = ""
    ) -> Edge:
        path = destination.uri if destination.ref else ""
        return Edge(start=start, end=self._node(destination), kind=kind, owner=owner, words=words, type=type, path=path)

    def _node(self, destination: Destination) -> str:
        """The node a destination names."""
        if destination.ref is None:
            return self._add_node(Node(kind=NodeKind.ADDRESS, name=destination.uri))
        name = destination.ref.name
        match destination.ref.kind:
            case "KafkaSink":
                return self._topic(self._topics[name])
            case "Sequence":
                return self._add(NodeKind.CHANNEL, self._entrances[name])
            case "Service":
                return self._add(NodeKind.FUNCTION, name)
            case kind:
                return self._add(NodeKind(kind.lower()), name)

    def _topic(self, topic: str) -> str:
        return self._add_node(Node(kind=NodeKind.TOPIC, name=topic))

    def _add(self, kind: NodeKind, name: Name) -> str:
        return self._add_node(Node(kind=kind, name=name.name, namespace=name.namespace))

    def _add_node(self, node: Node) -> str:
        self._nodes.setdefault(node.id, node)
        return node.id
