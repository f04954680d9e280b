"""Rules about what objects name: topics, rights on them, sinks, and routes."""

from __future__ import annotations

from collections.abc import Iterator

from k8s.rules.findings import Violations, rule
from k8s.rules.object_index import Object, ObjectIndex, name_of, namespace_of

EMITS = "touchline.io/emits"
_READS, _WRITES = {"Describe", "Read"}, {"Describe", "Write"}


@rule("sink-missing", "a sink, a subscriber or a broker that is not there")
def find_sink_missing(index: ObjectIndex) -> Violations:
    for each in index.of_kinds("Trigger", "KafkaSource", "PingSource", "SinkBinding", "Broker"):
        for path, ref in _sinks(each["spec"]):
            namespace = ref.get("namespace", namespace_of(each))
            if index.find(ref["kind"], namespace, ref["name"]) is None:
                yield each, f"{path}: {ref['kind']} {ref['name']} is not there"
        broker = each["spec"].get("broker")
        if broker and index.find("Broker", namespace_of(each), broker) is None:
            yield each, f"broker: Broker {broker} is not there"


def _sinks(spec: Object) -> Iterator[tuple[str, Object]]:
    places = {name: spec.get(name) or {} for name in ("sink", "subscriber")}
    places["delivery.deadLetterSink"] = (spec.get("delivery") or {}).get("deadLetterSink") or {}
    return ((path, place["ref"]) for path, place in places.items() if place.get("ref"))


@rule("topic-undeclared", "a topic that no KafkaTopic declares: brokers make none by themselves")
def find_topic_undeclared(index: ObjectIndex) -> Violations:
    declared = {str(each["spec"].get("topicName", name_of(each))) for each in index.of_kinds("KafkaTopic")}
    for each, topic in _topics(index):
        if topic not in declared:
            yield each, f"topic {topic} is not declared"


def _topics(index: ObjectIndex) -> Iterator[tuple[Object, str]]:
    for each in index.of_kinds("KafkaSource"):
        yield from ((each, topic) for topic in each["spec"]["topics"])
    for each in index.of_kinds("KafkaSink"):
        yield each, each["spec"]["topic"]
    for each in index.functions():
        for emission in str(each["metadata"].get("annotations", {}).get(EMITS, "")).split(","):
            if " to " in emission:
                yield each, emission.partition(" to ")[2].strip()
    for user in index.of_kinds("KafkaUser"):
        for right in user["spec"]["authorization"]["acls"]:
            if right["resource"]["type"] == "topic" and right["resource"].get("patternType", "literal") == "literal":
                yield user, right["resource"]["name"]


@rule("kafka-rights", "a source or a sink whose Kafka user may not do what it does")
def find_kafka_rights(index: ObjectIndex) -> Violations:
    users = {_secret_of(user): user for user in index.of_kinds("KafkaUser")}
    for each, secret, needed in _uses(index):
        if secret not in users:
            yield each, f"no KafkaUser has the password of Secret {secret}"
            continue
        for kind, name, operations in needed:
            if not operations <= _rights(users[secret], kind, name):
                yield each, f"KafkaUser {name_of(users[secret])} may not {_verbs(operations)} {kind} {name}"


def _uses(index: ObjectIndex) -> Iterator[tuple[Object, str, list[tuple[str, str, set[str]]]]]:
    """A source or sink, the Secret with its password, and what it must be allowed."""
    for each in index.of_kinds("KafkaSource"):
        spec = each["spec"]
        secret = spec.get("net", {}).get("sasl", {}).get("password", {}).get("secretKeyRef", {}).get("name", "")
        topics = [("topic", topic, _READS) for topic in spec["topics"]]
        yield each, secret, [*topics, ("group", spec["consumerGroup"], _READS)]
    for each in index.of_kinds("KafkaSink"):
        secret = each["spec"].get("auth", {}).get("secret", {}).get("ref", {}).get("name", "")
        yield each, secret, [("topic", each["spec"]["topic"], _WRITES)]


def _secret_of(user: Object) -> str:
    return str(
        user["spec"]["authentication"].get("password", {}).get("valueFrom", {}).get("secretKeyRef", {}).get("name")
    )


def _rights(user: Object, kind: str, name: str) -> set[str]:
    operations: set[str] = set()
    for right in user["spec"]["authorization"]["acls"]:
        of, is_prefix = right["resource"], right["resource"].get("patternType") == "prefix"
        if of["type"] == kind and (name.startswith(of["name"]) if is_prefix else of["name"] == name):
            operations |= set(right["operations"])
    return operations


def _verbs(operations: set[str]) -> str:
    return " and ".join(sorted(operation.lower() for operation in operations))


@rule("route-missing", "a public path that leads to no function, or from no gateway")
def find_route_missing(index: ObjectIndex) -> Violations:
    hosts = {f"{name_of(each)}.{namespace_of(each)}.svc.cluster.local" for each in index.functions()}
    for each in index.of_kinds("HTTPRoute"):
        for step in (step for way in each["spec"].get("rules", ()) for step in way.get("filters", ())):
            host = step.get("urlRewrite", {}).get("hostname")
            if host and host not in hosts:
                yield each, f"{host} is no function"
        for parent in each["spec"].get("parentRefs", ()):
            gateway = index.find("Gateway", namespace_of(each), parent["name"])
            doors = {door["name"] for door in gateway["spec"]["listeners"]} if gateway else set()
            if not doors or parent.get("sectionName", next(iter(doors))) not in doors:
                yield each, f"Gateway {parent['name']} has no such listener"
