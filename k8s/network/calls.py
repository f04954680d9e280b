"""Finds who must reach whom in the manifests: what calls each function, and what each pod depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from k8s.network import parties
from k8s.network.parties import Party, Port
from knative.graph import builder
from knative.graph.model import EdgeKind, Graph, NodeKind
from knative.manifests import model as manifests

Object = Mapping[str, Any]

QUEUE_PROXY = (Port(number=8012), Port(number=8013), Port(number=8112))
"""HTTP/1, HTTP/2 and TLS: whoever asks a function asks its queue-proxy."""
QUEUE_PROXY_METRICS = (Port(number=9090),)
BROKER_INGRESS = (Port(number=8080),)
KAFKA_CLIENTS = (Port(number=9092),)
_API_SERVER = (Port(number=443), Port(number=6443))
_HTTP = (Port(number=80), Port(number=443))
_HTTPS_OF_STORES = (Port(number=443), Port(number=8443))
"""Where hooks of stores may listen."""

DEPENDENCIES: Mapping[str, tuple[Party, tuple[Port, ...]]] = {
    "DATABASE_URL": (parties.POSTGRES, (Port(number=5432),)),
    "CLICKHOUSE_URL": (parties.CLICKHOUSE, (Port(number=8123),)),
    "CACHE_URL": (parties.CACHE, (Port(number=6379),)),
    "TASKS_URL": (parties.BUS, (Port(number=6379),)),
    "LIMITS_URL": (parties.BUS, (Port(number=6379),)),
    "EVENT_LOG_URL": (parties.KAFKA, KAFKA_CLIENTS),
    "MESSAGES_URL": (parties.INTERNET, (Port(number=465), Port(number=587))),
    "OBJECT_STORE_URL": (parties.INTERNET, (Port(number=443),)),
    "EXPORT_PARTS": (parties.GATEWAY, (Port(number=8081),)),
    "FUNCTIONS_URL": (parties.GATEWAY, (Port(number=8081),)),
    "SOURCE_URL": (parties.INTERNET, _HTTP),
    "MARKET_URL": (parties.INTERNET, _HTTP),
    "AMQP_URL": (parties.INTERNET, (Port(number=5671), Port(number=5672))),
    "ARCHIVES": (parties.INTERNET, _HTTP),
    "STRIPE_URL": (parties.INTERNET, (Port(number=443),)),
    "YOOKASSA_URL": (parties.INTERNET, (Port(number=443),)),
    "HOOKS_KEY": (parties.INTERNET, _HTTPS_OF_STORES),
    "SEARCH_URL": (parties.INTERNET, (Port(number=443), Port(number=9200))),
}
"""By setting: where its address leads. Engines elsewhere, at private addresses, want a policy in their overlay."""

_COMPONENT_CALLS: Mapping[tuple[str, str], tuple[Party, Party, int, str]] = {
    ("Deployment", "stand-in"): (parties.workload("scrape-worker"), parties.workload("stand-in"), 8090, "SOURCE_URL"),
    ("ScaledObject", "scrape-worker"): (parties.KEDA, parties.BUS, 6379, "the length of the queue"),
    ("PodMonitor", "kafka"): (parties.PROMETHEUS, parties.KAFKA, 9404, "measures"),
    ("PodMonitor", "postgres"): (parties.PROMETHEUS, parties.POSTGRES, 9187, "measures"),
    ("PodMonitor", "otel-collector"): (parties.PROMETHEUS, parties.COLLECTOR, 8889, "measures"),
}
"""Calls that an object of a component brings with it."""

POD_OWNERS = ("Deployment", "StatefulSet", "DaemonSet", "Job")
"""Kinds of Kubernetes' own whose template makes pods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One party opens connections to another."""

    start: Party
    end: Party
    ports: tuple[Port, ...]
    why: str


def find_calls(objects: Iterable[Object], declared: manifests.Manifests) -> list[Call]:
    """Every call.

    Parameters
    ----------
    objects : all Kubernetes objects, which say what their pods are given.
    declared : the Knative ones among them, as a laptop reads them.
    """
    objects = list(objects)
    calls = [
        *_knative_calls(builder.build_graph(declared)),
        *_dependency_calls(objects),
        *_broker_calls(declared),
        *_engine_calls(),
        *_component_calls(objects),
    ]
    names = sorted({party.name: party for call in calls for party in (call.start, call.end) if party.is_ours}.items())
    dns = (Port(number=53, protocol="UDP"), Port(number=53))
    return [*calls, *(Call(start=party, end=parties.DNS, ports=dns, why="finds the others") for _, party in names)]


def _knative_calls(graph: Graph) -> Iterator[Call]:
    """Yield the calls of Knative: functions are called by its gateway and activator only."""
    for node in graph.nodes:
        if node.kind is NodeKind.FUNCTION and any(edge.kind is not EdgeKind.REPLIES for edge in graph.edges_into(node)):
            end = parties.function(node.name)
            yield Call(start=parties.GATEWAY, end=end, ports=QUEUE_PROXY, why="requests and events")
            yield Call(start=parties.ACTIVATOR, end=end, ports=QUEUE_PROXY, why="requests and events while it wakes")
            yield Call(start=parties.AUTOSCALER, end=end, ports=QUEUE_PROXY_METRICS, why="counts its requests")
    if any(node.kind is NodeKind.BROKER for node in graph.nodes):
        for start in (parties.BROKER_RECEIVER, parties.BROKER_DISPATCHER, parties.KAFKA_CONTROLLER):
            yield Call(start=start, end=parties.KAFKA, ports=KAFKA_CLIENTS, why="the Broker's topics")
    if any(edge.owner.startswith("KafkaSource ") and edge.kind is EdgeKind.WAKES for edge in graph.edges):
        yield Call(start=parties.SOURCE_DISPATCHER, end=parties.KAFKA, ports=KAFKA_CLIENTS, why="reads topics")
    if any(edge.kind is EdgeKind.DEAD_LETTERS for edge in graph.edges):
        yield Call(start=parties.SINK_RECEIVER, end=parties.KAFKA, ports=KAFKA_CLIENTS, why="keeps dead letters")


def _dependency_calls(objects: Iterable[Object]) -> Iterator[Call]:
    """Yield the calls to what the settings of each pod name."""
    for each in objects:
        start, containers = _pod_of(each)
        if start is not None:
            given = {variable["name"] for container in containers for variable in container.get("env", ())}
            for setting in sorted(given & set(DEPENDENCIES)):
                end, ports = DEPENDENCIES[setting]
                yield Call(start=start, end=end, ports=ports, why=setting)


def _pod_of(each: Object) -> tuple[Party | None, list[Object]]:
    """The pods an object makes, and their containers."""
    template = each.get("spec", {}).get("template", {})
    containers = template.get("spec", {}).get("containers", [])
    name = each["metadata"]["name"]
    if each["kind"] == "Service" and str(each["apiVersion"]).startswith("serving.knative.dev/"):
        return parties.function(name), containers
    if each["kind"] in POD_OWNERS:
        return parties.workload(template["metadata"]["labels"]["app.kubernetes.io/name"]), containers
    return None, []


def _broker_calls(declared: manifests.Manifests) -> Iterator[Call]:
    """A function that is bound to a Broker posts to its door."""
    for binding in declared.sink_bindings:
        if binding.sink.ref is not None and binding.sink.ref.kind == "Broker":
            for service in declared.services:
                if binding.subject.selects(service):
                    start = parties.function(service.name.name)
                    yield Call(start=start, end=parties.BROKER_RECEIVER, ports=BROKER_INGRESS, why="K_SINK")


def _component_calls(objects: Iterable[Object]) -> Iterator[Call]:
    """Yield the calls that components bring: to the stand-in site, and of monitoring."""
    there = {(each["kind"], each["metadata"]["name"]) for each in objects}
    for key in sorted(there & set(_COMPONENT_CALLS)):
        start, end, number, why = _COMPONENT_CALLS[key]
        yield Call(start=start, end=end, ports=(Port(number=number),), why=why)
    if ("Deployment", parties.COLLECTOR.name) in there:
        functions = [pod for each in objects if each["kind"] == "Service" and (pod := _pod_of(each)[0])]
        for start in (*functions, parties.SERVING, parties.EVENTING):
            yield Call(start=start, end=parties.COLLECTOR, ports=(Port(number=4318),), why="tells what it measures")
        yield Call(start=parties.COLLECTOR, end=parties.TRACES, ports=(Port(number=4317),), why="hands traces on")


def _engine_calls() -> Iterator[Call]:
    """Yield the calls among engines, to the API server and to the store of backups; from their operators' documents."""
    postgres, kafka, clickhouse, keeper = parties.POSTGRES, parties.KAFKA, parties.CLICKHOUSE, parties.KEEPER
    operators = {
        name: Party(name=name, namespace=namespace, labels=labels)
        for name, namespace, labels in (
            ("cnpg", "cnpg-system", {"app.kubernetes.io/name": "cloudnative-pg"}),
            ("strimzi", "strimzi", {"name": "strimzi-cluster-operator"}),
            ("clickhouse-operator", "clickhouse-operator", {"app": "clickhouse-operator"}),
        )
    }
    instance, agent = Port(number=8000), Port(number=8443)
    yield Call(start=postgres, end=postgres, ports=(Port(number=5432), instance), why="replication")
    yield Call(start=operators["cnpg"], end=postgres, ports=(Port(number=5432), instance), why="looks after it")
    yield Call(start=postgres, end=parties.API_SERVER, ports=_API_SERVER, why="who is primary; and its backups")
    within = (Port(number=9090), Port(number=9091), KAFKA_CLIENTS[0], agent)
    yield Call(start=kafka, end=kafka, ports=within, why="controllers, replication, topics and users")
    yield Call(start=operators["strimzi"], end=kafka, ports=(*within[:2], agent), why="looks after it")
    yield Call(start=kafka, end=parties.API_SERVER, ports=_API_SERVER, why="topics and users are objects")
    between = (Port(number=8123), Port(number=9000), Port(number=9009))
    yield Call(start=clickhouse, end=clickhouse, ports=between, why="shards and replicas")
    yield Call(start=operators["clickhouse-operator"], end=clickhouse, ports=between[:2], why="looks after it")
    yield Call(start=clickhouse, end=keeper, ports=(Port(number=2181),), why="which replica has what")
    yield Call(start=keeper, end=keeper, ports=(Port(number=9444),), why="elects its leader")
