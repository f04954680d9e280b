"""Follows events, by type, from a Broker, Channel, Sequence or topic to the next.

A `Station` keeps events and hands them on. A `Hop` leads from one station to another: past a consumer, which forwards
the event, answers with another one, or fails and leaves it to its dead letter sink.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from knative.cesql import CesqlSyntaxError, parse
from knative.cesql.syntax import Expression, Text, children
from knative.lint.object_index import Fields, ObjectIndex
from knative.lint.type_filter import passes_type
from knative.lint.yaml_objects import Object, as_mapping, as_mappings
from knative.manifests.kinds.common import OUR_EMITS

ANY_OTHER = "any other type"
"""Stands for all types that no manifest names."""


class Station(NamedTuple):
    """Something that keeps events: an object, one step of a Sequence, or a topic."""

    kind: str
    name: str
    step: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Event(NamedTuple):
    """An event of a type at a station."""

    station: Station
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One way from an event at a station to an event at the same or another station."""

    start: Event
    end: Event
    owner: Object
    """The consumer that makes it so."""
    path: str
    """The field of the owner that names the end."""
    is_dead_letter: bool = False


def find_hops(index: ObjectIndex) -> list[Hop]:
    """Every hop of every event whose type some manifest names, and of one that none names."""
    flow = _Flow(index)
    return [hop for type_ in _types(index) for hop in flow.hops(type_)]


class _Flow:
    """Follows events of one type past each consumer."""

    def __init__(self, index: ObjectIndex) -> None:
        self._index = index
        self._bindings = list(index.of_kinds("SinkBinding"))

    def hops(self, type_: str) -> Iterator[Hop]:
        for trigger in self._index.of_kinds("Trigger"):
            broker = self._index.broker_of(trigger)
            if broker is not None and passes_type(trigger, type_) is not False:
                yield from self._past_trigger(trigger, broker, type_)
        for subscription in self._index.of_kinds("Subscription"):
            channel = self._index.resolve(subscription.spec.get("channel"), subscription)
            if channel is not None:
                yield from self._past_subscription(subscription, channel, type_)
        for sequence in self._index.of_kinds("Sequence"):
            yield from self._past_steps(sequence, type_)
        for source in self._index.of_kinds("KafkaSource"):
            for topic in source.spec.get("topics") or ():
                yield from self._past_source(source, Event(Station("topic", str(topic)), type_))

    def _past_trigger(self, trigger: Object, broker: Object, type_: str) -> Iterator[Hop]:
        start = Event(_station(broker), type_)
        yield from self._deliver(start, trigger, "spec.subscriber", reply=start.station)
        yield from self._dead_letters(start, trigger, trigger.spec, broker)

    def _past_subscription(self, subscription: Object, channel: Object, type_: str) -> Iterator[Hop]:
        start = Event(_station(channel), type_)
        reply = self._station_at(subscription.spec.get("reply"), subscription)
        yield from self._deliver(start, subscription, "spec.subscriber", reply=reply, reply_path="spec.reply")
        yield from self._dead_letters(start, subscription, subscription.spec, channel)

    def _past_steps(self, sequence: Object, type_: str) -> Iterator[Hop]:
        steps = as_mappings(sequence.spec.get("steps"))
        for number, step in enumerate(steps):
            start = Event(_station(sequence)._replace(step=number), type_)
            is_last = number + 1 == len(steps)
            after = self._station_at(sequence.spec.get("reply"), sequence) if is_last else _next_step(start.station)
            path = f"spec.steps[{number}]"
            yield from self._deliver(start, sequence, path, reply=after, reply_path="spec.reply" if is_last else path)
            yield from self._dead_letters(start, sequence, step, path=path)

    def _past_source(self, source: Object, start: Event) -> Iterator[Hop]:
        yield from self._deliver(start, source, "spec.sink", reply=None)
        yield from self._dead_letters(start, source, source.spec)

    def _deliver(
        self, start: Event, owner: Object, path: str, *, reply: Station | None, reply_path: str = ""
    ) -> Iterator[Hop]:
        """Hand an event to the destination at a path: to a station as it is, past a function as what that emits."""
        destination = _at(owner, path)
        consumer = self._consumer(destination, owner)
        if consumer is not None and consumer.kind == "Service":
            for type_, station in self._emissions(consumer, owner, reply):
                used = reply_path if station == reply and reply_path else path
                yield Hop(start=start, end=Event(station, type_), owner=owner, path=used)
        elif target := self._station_at(destination, owner):
            yield Hop(start=start, end=Event(target, start.type), owner=owner, path=path)

    def _dead_letters(
        self, start: Event, owner: Object, spec: Fields, fallback: Object | None = None, *, path: str = "spec"
    ) -> Iterator[Hop]:
        """To the dead letter sink of the consumer, else of what it listens to."""
        for holder, delivery in ((owner, spec), (fallback, fallback.spec if fallback else {})):
            sink = as_mapping(as_mapping(delivery.get("delivery")).get("deadLetterSink"))
            if holder is not None and sink:
                if station := self._station_at(sink, holder):
                    where = f"{path}.delivery.deadLetterSink" if holder is owner else "spec.delivery.deadLetterSink"
                    end = Event(station, start.type)
                    yield Hop(start=start, end=end, owner=holder, path=where, is_dead_letter=True)
                return

    def _emissions(self, service: Object, owner: Object, reply: Station | None) -> Iterator[tuple[str, Station]]:
        """Yield the types that a function emits, and where each goes: to a topic, to the bound sink, or as its reply.

        A Trigger may say which of it follows from its events. A function that says nothing may reply with a type that
        no filter names.
        """
        declared = owner.annotations.get(OUR_EMITS, service.annotations.get(OUR_EMITS))
        bound = [self._station_at(each.spec.get("sink"), each) for each in self._bindings if _binds(each, service)]
        ends = [station for station in (bound or [reply]) if station]
        if declared is None:
            yield from ((ANY_OTHER, end) for end in ends)
            return
        for emission in str(declared or "").split(","):
            type_, _, topic = emission.strip().partition(" to ")
            if type_:
                yield from ((type_, end) for end in ([Station("topic", topic.strip())] if topic else ends))

    def _station_at(self, destination: Any, owner: Object) -> Station | None:
        """The station that a destination names; None for functions, addresses and what is not there."""
        target = self._consumer(as_mapping(destination), owner)
        if target is None or target.kind == "Service":
            return None
        return Station("topic", str(target.spec.get("topic"))) if target.kind == "KafkaSink" else _station(target)

    def _consumer(self, destination: Fields, owner: Object) -> Object | None:
        return self._index.resolve(as_mapping(destination).get("ref"), owner)


def _station(target: Object) -> Station:
    return Station(target.kind, f"{target.namespace}/{target.name}")


def _next_step(station: Station) -> Station:
    return station._replace(step=station.step + 1)


def _at(owner: Object, path: str) -> Fields:
    """The destination at ``spec.subscriber``, ``spec.sink`` or ``spec.steps[n]``."""
    if path.startswith("spec.steps["):
        return as_mappings(owner.spec.get("steps"))[int(path.removeprefix("spec.steps[").removesuffix("]"))]
    return as_mapping(owner.spec.get(path.removeprefix("spec.")))


def _binds(binding: Object, service: Object) -> bool:
    """Return True if a SinkBinding names a Service, or selects it by plain labels."""
    subject = as_mapping(binding.spec.get("subject"))
    if subject.get("kind") != "Service" or str(subject.get("namespace") or binding.namespace) != service.namespace:
        return False
    if subject.get("name"):
        return bool(subject["name"] == service.name)
    labels = as_mapping(as_mapping(subject.get("selector")).get("matchLabels"))
    return as_mapping(service.metadata.get("labels")).items() >= labels.items()


def _types(index: ObjectIndex) -> list[str]:
    """Every type that a filter or a function names, and one that stands for all others."""
    type_names: dict[str, None] = {}
    for service in index.of_kinds("Service"):
        emissions = str(service.annotations.get(OUR_EMITS, "")).split(",")
        type_names |= dict.fromkeys(each.strip().partition(" to ")[0] for each in emissions if each.strip())
    for trigger in index.of_kinds("Trigger"):
        attributes = as_mapping(as_mapping(trigger.spec.get("filter")).get("attributes"))
        type_names |= dict.fromkeys(filter(None, [str(attributes.get("type") or "")]))
        type_names |= dict.fromkeys(_named_types(as_mappings(trigger.spec.get("filters"))))
    return [*type_names, ANY_OTHER]


def _named_types(filters: Iterable[Fields]) -> Iterator[str]:
    for each in filters:
        for dialect in ("exact", "prefix", "suffix"):
            if type_ := as_mapping(each.get(dialect)).get("type"):
                yield str(type_)
        for dialect in ("all", "any"):
            yield from _named_types(as_mappings(each.get(dialect)))
        yield from _named_types([as_mapping(each.get("not"))] if each.get("not") else [])
        yield from _texts(str(each.get("cesql") or ""))


def _texts(source: str) -> Iterator[str]:
    """The texts that a CESQL expression holds: those it compares a type with are among them."""
    try:
        yield from _text_nodes(parse(source)) if source else ()
    except CesqlSyntaxError:
        return


def _text_nodes(node: Expression) -> Iterator[str]:
    if isinstance(node, Text) and node.value:
        yield node.value
    for child in children(node):
        yield from _text_nodes(child)
