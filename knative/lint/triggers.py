"""Rules about Triggers and the loops that events can run in."""

from __future__ import annotations

from collections.abc import Iterator

from knative.admission.eventing import CLASS, without_strays
from knative.lint.findings import Broken, rule
from knative.lint.object_index import CHANNEL, KAFKA, World, emitted, lets_through, matches_everything
from knative.lint.yaml_objects import Object, items, mapping
from knative.manifests.kinds.eventing import ORDER


@rule(
    "reply-loop",
    "warning",
    "events that come back to their Trigger for ever: a Kafka-class Broker counts no hops",
    "filter by a type that no function behind the Trigger emits",
)
def reply_loops(world: World) -> Broken:
    for trigger in world.of("Trigger"):
        if world.class_of(trigger) == KAFKA and (types := _way_back(world, trigger)):
            yield trigger, "spec.subscriber", f"{' → '.join(types)} leads back to this Trigger, without end"


@rule(
    "hop-limit",
    "info",
    "events that come back to their Trigger: a channel-based Broker drops them after 255 hops",
    "filter by a type that no function behind the Trigger emits",
)
def hop_limits(world: World) -> Broken:
    for trigger in world.of("Trigger"):
        if world.class_of(trigger) == CHANNEL and (types := _way_back(world, trigger)):
            yield trigger, "spec.subscriber", f"{' → '.join(types)} leads back to this Trigger, up to 255 times"


@rule(
    "matches-everything",
    "warning",
    "a Trigger without a filter, whose subscriber gets its own replies as well",
    "filter by the types that are meant, or tell what the Service emits in touchline.io/emits",
)
def matching_everything(world: World) -> Broken:
    for trigger in world.of("Trigger"):
        subscriber = world.subscriber_of(trigger)
        if matches_everything(trigger) and subscriber and subscriber.kind == "Service" and emitted(subscriber) is None:
            yield trigger, "metadata.name", f"whatever {subscriber} replies comes back to it"


@rule(
    "subscriber-is-broker",
    "error",
    "a Trigger that puts events back on its own Broker",
    "subscribe something that handles events",
)
def own_broker(world: World) -> Broken:
    for trigger in world.of("Trigger"):
        broker = world.broker_of(trigger)
        if broker is not None and world.subscriber_of(trigger) is broker:
            yield trigger, "spec.subscriber", f"every event goes back to {broker} and comes again"


@rule(
    "channel-loop",
    "error",
    "a Subscription that answers into the channel it listens to, or a Sequence that replies to itself",
    "reply elsewhere, or nowhere",
)
def channel_loops(world: World) -> Broken:
    for each in world.of("Subscription", "Sequence"):
        own = each if each.kind == "Sequence" else world.behind(each.spec.get("channel"), each)
        for field in ("subscriber", "reply"):
            if own is not None and world.behind(mapping(each.spec.get(field)).get("ref"), each) is own:
                yield each, f"spec.{field}", f"every event goes back to {own} and comes again"


@rule(
    "filter-overridden",
    "warning",
    "a filter beside filters, which count alone",
    "make it one of the filters: - exact: {…}",
)
def overridden(world: World) -> Broken:
    for trigger in world.of("Trigger"):
        if trigger.spec.get("filters") and mapping(trigger.spec.get("filter")).get("attributes"):
            yield trigger, "spec.filter", "filter has no effect beside filters"


@rule(
    "empty-attribute-value",
    "warning",
    'an attribute filtered by "", which the two classes of Broker read differently',
    'say what is meant: filters with cesql: "EXISTS name", or no such line',
)
def empty_values(world: World) -> Broken:
    for trigger in world.of("Trigger"):
        for name, value in mapping(mapping(trigger.spec.get("filter")).get("attributes")).items():
            if value == "":
                path = f"spec.filter.attributes.{name}"
                yield (
                    trigger,
                    path,
                    f"{name} has to be there on a channel-based Broker, and may be anything on a Kafka one",
                )


@rule(
    "empty-filter-value",
    "warning",
    "exact, prefix or suffix with an empty value, which passes the webhook and matches nothing",
    'for any value write cesql: "EXISTS name"',
)
def empty_dialects(world: World) -> Broken:
    for trigger in world.of("Trigger"):
        for path, filter_ in _filters(trigger.spec.get("filters"), "spec.filters"):
            for dialect in ("exact", "prefix", "suffix"):
                for name, value in mapping(filter_.get(dialect)).items():
                    if value == "":
                        yield trigger, f"{path}.{dialect}.{name}", f"{dialect} of {name} is empty"


@rule(
    "cesql-stray",
    "warning",
    "characters of a CESQL expression that a cluster drops without a word",
    "quote texts; names of attributes have letters and digits only",
)
def strays(world: World) -> Broken:
    for trigger in world.of("Trigger"):
        for path, filter_ in _filters(trigger.spec.get("filters"), "spec.filters"):
            expression = filter_.get("cesql")
            if isinstance(expression, str) and (read := without_strays(expression)) != expression:
                yield trigger, f"{path}.cesql", f"what is read is {' '.join(read.split())}"


@rule(
    "delivery-order",
    "warning",
    "an order of delivery that has no effect",
    "ordered or unordered, on a Kafka-class Broker",
)
def orders(world: World) -> Broken:
    for trigger in world.of("Trigger"):
        order = trigger.annotations.get(ORDER)
        if order is None:
            continue
        if order not in ("ordered", "unordered"):
            yield trigger, f"metadata.annotations.{ORDER}", f"{order} is neither ordered nor unordered"
        elif world.class_of(trigger) == CHANNEL:
            yield trigger, f"metadata.annotations.{ORDER}", "a channel-based Broker knows no order"


@rule("broker-class", "warning", "a class of Broker that nobody serves", f"{KAFKA} or {CHANNEL}")
def classes(world: World) -> Broken:
    for broker in world.of("Broker"):
        given = broker.annotations.get(CLASS, CHANNEL)
        if given not in (KAFKA, CHANNEL, "RabbitMQBroker"):
            yield broker, f"metadata.annotations.{CLASS}", f"no controller is known for class {given}"


def _way_back(world: World, start: Object) -> list[str]:
    """Types that lead from a Trigger's subscriber back to the Trigger; empty when none do."""
    siblings = [
        each
        for each in world.of("Trigger")
        if (each.namespace, each.spec.get("broker")) == (start.namespace, start.spec.get("broker"))
    ]
    ways: list[tuple[Object, list[str]]] = [(start, [])]
    seen: set[str] = set()
    while ways:
        trigger, way = ways.pop()
        for type_ in _emitted_by_subscriber(world, trigger):
            if lets_through(start, type_) is not False:
                return [*way, type_]
            if type_ not in seen:
                seen.add(type_)
                ways += [(each, [*way, type_]) for each in siblings if lets_through(each, type_) is not False]
    return []


def _emitted_by_subscriber(world: World, trigger: Object) -> list[str]:
    subscriber = world.subscriber_of(trigger)
    return (emitted(subscriber) or []) if subscriber and subscriber.kind == "Service" else []


def _filters(given: object, path: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Every filter of a list, and those inside them."""
    for index, each in enumerate(items(given)):
        yield from _filter(each, f"{path}[{index}]")


def _filter(each: dict[str, object], path: str) -> Iterator[tuple[str, dict[str, object]]]:
    yield path, each
    for dialect in ("all", "any"):
        yield from _filters(each.get(dialect), f"{path}.{dialect}")
    if "not" in each:
        yield from _filter(mapping(each["not"]), f"{path}.not")
