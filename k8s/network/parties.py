"""The parties on the cluster: our own pods, engines, Knative's parts, and everything outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NAMESPACE = "touchline"
_NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""A label that the API server itself puts on every namespace."""
_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
"""RFC 1918, RFC 6598, and link-local addresses, where clouds tell instances their credentials (RFC 3927)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of a pod, not of the Service before it: policies apply after the Service was resolved."""

    number: int
    protocol: str = "TCP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Pods of one kind, or the world outside."""

    name: str
    namespace: str = NAMESPACE
    labels: Mapping[str, str] = field(default_factory=dict)
    cidr: str = ""
    """A block of addresses instead of pods."""
    exceptions: tuple[str, ...] = ()
    """Parts of the block that are not meant."""

    @property
    def is_ours(self) -> bool:
        """Return True if it stands where our policies hold."""
        return not self.cidr and self.namespace == NAMESPACE

    def peer(self) -> dict[str, object]:
        """Return the party as the peer of a policy."""
        if self.cidr:
            block: dict[str, object] = {"cidr": self.cidr}
            return {"ipBlock": block | ({"except": list(self.exceptions)} if self.exceptions else {})}
        # An empty matchLabels selects the same pods, but a server stores it as nothing and finds it new at every apply.
        pods: dict[str, object] = {"podSelector": {"matchLabels": dict(self.labels)} if self.labels else {}}
        if self.is_ours:
            return pods
        return {"namespaceSelector": {"matchLabels": {_NAMESPACE_NAME: self.namespace}}, **pods}


def function(name: str) -> Party:
    """The pods of a Knative Service, by the label that Knative gives them."""
    return Party(name=name, labels={"serving.knative.dev/service": name})


def workload(name: str) -> Party:
    """Pods of a Deployment, StatefulSet or Job of ours."""
    return Party(name=name, labels={"app.kubernetes.io/name": name})


POSTGRES = Party(name="postgres", labels={"cnpg.io/cluster": "touchline-postgres"})
KAFKA = Party(name="kafka", labels={"strimzi.io/cluster": "touchline"})
CLICKHOUSE = Party(name="clickhouse", labels={"clickhouse.altinity.com/chi": "touchline"})
KEEPER = Party(name="clickhouse-keeper", labels={"clickhouse-keeper.altinity.com/chk": "touchline"})
CACHE, BUS = workload("valkey-cache"), workload("valkey-bus")

GATEWAY = Party(name="kourier", namespace="kourier-system", labels={"app": "3scale-kourier-gateway"})
ACTIVATOR = Party(name="activator", namespace="knative-serving", labels={"app": "activator"})
AUTOSCALER = Party(name="autoscaler", namespace="knative-serving", labels={"app": "autoscaler"})
BROKER_RECEIVER = Party(
    name="kafka-broker-receiver", namespace="knative-eventing", labels={"app": "kafka-broker-receiver"}
)
BROKER_DISPATCHER = Party(
    name="kafka-broker-dispatcher", namespace="knative-eventing", labels={"app": "kafka-broker-dispatcher"}
)
SOURCE_DISPATCHER = Party(
    name="kafka-source-dispatcher", namespace="knative-eventing", labels={"app": "kafka-source-dispatcher"}
)
SINK_RECEIVER = Party(name="kafka-sink-receiver", namespace="knative-eventing", labels={"app": "kafka-sink-receiver"})
KAFKA_CONTROLLER = Party(name="kafka-controller", namespace="knative-eventing", labels={"app": "kafka-controller"})
DNS = Party(name="dns", namespace="kube-system", labels={"k8s-app": "kube-dns"})
KEDA = Party(name="keda", namespace="keda", labels={"app": "keda-operator"})
PROMETHEUS = Party(name="prometheus", namespace="monitoring", labels={"app.kubernetes.io/name": "prometheus"})
COLLECTOR = workload("otel-collector")
SERVING, EVENTING = (Party(name=name, namespace=name) for name in ("knative-serving", "knative-eventing"))
TRACES = Party(name="traces", namespace="observability")

INTERNET = Party(name="internet", namespace="", cidr="0.0.0.0/0", exceptions=_PRIVATE)
API_SERVER = Party(name="api-server", namespace="", cidr="0.0.0.0/0")
"""Wherever it is: its address is the cluster's own affair, and often a private one."""
