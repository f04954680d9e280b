"""Rules about loops: events that come back to where they were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from knative.lint.event_flow import ANY_OTHER, Event, Hop, Station, find_hops
from knative.lint.findings import Violations, rule
from knative.lint.object_index import CHANNEL, KAFKA, ObjectIndex
from knative.lint.yaml_objects import Object, as_mapping


@rule(
    "reply-loop",
    "warning",
    "events that come back to their Trigger for ever: a Kafka-class Broker counts no hops",
    "filter by a type that no function behind the Trigger emits",
)
def find_reply_loop(index: ObjectIndex) -> Violations:
    for trigger, types in _reply_loops(index, KAFKA):
        yield trigger, "spec.subscriber", f"{' → '.join(types)} leads back to this Trigger, without end"


@rule(
    "hop-limit",
    "info",
    "events that come back to their Trigger: a channel-based Broker drops them after 255 hops",
    "filter by a type that no function behind the Trigger emits",
)
def find_hop_limit(index: ObjectIndex) -> Violations:
    for trigger, types in _reply_loops(index, CHANNEL):
        yield trigger, "spec.subscriber", f"{' → '.join(types)} leads back to this Trigger, up to 255 times"


@rule(
    "subscriber-is-broker",
    "error",
    "a Trigger that puts events back on its own Broker",
    "subscribe something that handles events",
)
def find_subscriber_is_broker(index: ObjectIndex) -> Violations:
    for trigger in index.of_kinds("Trigger"):
        broker = index.broker_of(trigger)
        if broker is not None and index.subscriber_of(trigger) is broker:
            yield trigger, "spec.subscriber", f"every event goes back to {broker} and comes again"


@rule(
    "channel-loop",
    "error",
    "a Subscription that answers into the channel it listens to, or a Sequence that replies to itself",
    "reply elsewhere, or nowhere",
)
def find_channel_loop(index: ObjectIndex) -> Violations:
    for each in index.of_kinds("Subscription", "Sequence"):
        own = each if each.kind == "Sequence" else index.resolve(each.spec.get("channel"), each)
        for field in ("subscriber", "reply"):
            if own is not None and index.resolve(as_mapping(each.spec.get(field)).get("ref"), each) is own:
                yield each, f"spec.{field}", f"every event goes back to {own} and comes again"


@rule(
    "event-loop",
    "warning",
    "events that come back over several Brokers, Channels, Sequences or topics",
    "filter by a type that does not come back, or reply and send elsewhere",
)
def find_event_loop(index: ObjectIndex) -> Violations:
    hops = [hop for hop in find_hops(index) if not hop.is_dead_letter]
    for hop, stations in _cyclic(hops):
        if len(stations) > 1 or hop.start.station.kind == "topic":
            yield hop.owner, hop.path, f"{hop.end.type} {_round_trip(hop.start.station, stations)}"


@rule(
    "dead-letter-loop",
    "warning",
    "dead letters that are delivered again to where they failed",
    "send dead letters to a KafkaSink, or to a Service of their own",
)
def find_dead_letter_loop(index: ObjectIndex) -> Violations:
    for hop, stations in _cyclic(find_hops(index)):
        if hop.is_dead_letter and (len(stations) > 1 or hop.start.station.kind == "topic"):
            yield hop.owner, hop.path, f"what fails {_round_trip(hop.start.station, stations)}"


def _reply_loops(index: ObjectIndex, broker_class: str) -> Iterator[tuple[Object, list[str]]]:
    """Triggers of Brokers of a class that get again what came of their events, and the types on the way.

    What a function may reply with that does not say so is another rule's: `matches-everything`.
    """
    replies = _by_start(
        hop
        for hop in find_hops(index)
        if hop.owner.kind == "Trigger"
        and hop.start.station == hop.end.station
        and not hop.is_dead_letter
        and not _forwards(index, hop.owner)
        and hop.end.type != ANY_OTHER
    )
    for trigger in index.of_kinds("Trigger"):
        if index.class_of(trigger) == broker_class and (types := _way_back(trigger, replies)):
            yield trigger, types


def _forwards(index: ObjectIndex, trigger: Object) -> bool:
    """Return True if a Trigger's subscriber takes events as they are, and is no function."""
    subscriber = index.subscriber_of(trigger)
    return subscriber is None or subscriber.kind != "Service"


def _way_back(start: Object, replies: Mapping[Event, list[Hop]]) -> list[str]:
    """The types that lead from a Trigger's function back to the Trigger; empty when none do."""
    targets = {event for event, hops in replies.items() if any(hop.owner is start for hop in hops)}
    ways = [(hop, [hop.end.type]) for event in targets for hop in replies[event] if hop.owner is start]
    seen: set[Event] = set()
    while ways:
        hop, types = ways.pop(0)
        if hop.end in targets:
            return types
        if hop.end not in seen:
            seen.add(hop.end)
            ways += [(after, [*types, after.end.type]) for after in replies.get(hop.end, ())]
    return []


def _cyclic(hops: Iterable[Hop]) -> Iterator[tuple[Hop, list[Station]]]:
    """One hop for each owner and field that stands in a cycle, and the stations of that cycle."""
    hops = list(hops)
    by_start = _by_start(hops)
    reported: set[tuple[int, str]] = set()
    for hop in hops:
        key = (id(hop.owner), hop.path)
        if key not in reported and (way := _shortest_way(hop, by_start)):
            reported.add(key)
            yield hop, list(dict.fromkeys(each.station for each in way))


def _shortest_way(hop: Hop, by_start: Mapping[Event, list[Hop]]) -> list[Event]:
    """The events from a hop's end back to its start; empty when there is no way back."""
    ways = [[hop.end]]
    seen = {hop.end}
    while ways:
        way = ways.pop(0)
        if way[-1] == hop.start:
            return way
        for after in by_start.get(way[-1], ()):
            if after.end not in seen:
                seen.add(after.end)
                ways.append([*way, after.end])
    return []


def _by_start(hops: Iterable[Hop]) -> Mapping[Event, list[Hop]]:
    by_start: dict[Event, list[Hop]] = defaultdict(list)
    for hop in hops:
        by_start[hop.start].append(hop)
    return by_start


def _round_trip(start: Station, stations: Iterable[Station]) -> str:
    """``goes round: Broker a → Broker b → Broker a``."""
    names = dict.fromkeys(map(str, (start, *(each for each in stations if each != start))))
    return f"goes round: {' → '.join([*names, str(start)])}"
