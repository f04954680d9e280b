"""Rules about versions of APIs: what clusters no longer serve, or are about to."""

from __future__ import annotations

from k8s.rules.findings import Violations, rule
from k8s.rules.object_index import ObjectIndex

GONE = {
    ("policy/v1beta1", "PodDisruptionBudget"): "policy/v1 since Kubernetes 1.25",
    ("batch/v1beta1", "CronJob"): "batch/v1 since Kubernetes 1.25",
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"): "autoscaling/v2 since Kubernetes 1.26",
    ("networking.k8s.io/v1beta1", "Ingress"): "networking.k8s.io/v1 since Kubernetes 1.22",
    ("external-secrets.io/v1beta1", "ExternalSecret"): "external-secrets.io/v1 since External Secrets 0.17",
    ("external-secrets.io/v1beta1", "ClusterSecretStore"): "external-secrets.io/v1 since External Secrets 0.17",
    ("external-secrets.io/v1beta1", "SecretStore"): "external-secrets.io/v1 since External Secrets 0.17",
    ("kafka.strimzi.io/v1beta2", "Kafka"): "kafka.strimzi.io/v1 alone is served by Strimzi 1.2",
    ("kafka.strimzi.io/v1beta2", "KafkaNodePool"): "kafka.strimzi.io/v1 alone is served by Strimzi 1.2",
    ("kafka.strimzi.io/v1beta2", "KafkaTopic"): "kafka.strimzi.io/v1 alone is served by Strimzi 1.2",
    ("kafka.strimzi.io/v1beta2", "KafkaUser"): "kafka.strimzi.io/v1 alone is served by Strimzi 1.2",
    ("sources.knative.dev/v1beta2", "PingSource"): "sources.knative.dev/v1",
    ("sources.knative.dev/v1beta1", "KafkaSource"): "sources.knative.dev/v1",
    ("eventing.knative.dev/v1beta1", "Broker"): "eventing.knative.dev/v1",
    ("eventing.knative.dev/v1beta1", "Trigger"): "eventing.knative.dev/v1",
    ("gateway.networking.k8s.io/v1beta1", "HTTPRoute"): "gateway.networking.k8s.io/v1",
    ("gateway.networking.k8s.io/v1beta1", "Gateway"): "gateway.networking.k8s.io/v1",
}
"""And what took its place."""


@rule("deprecated-api", "an apiVersion that is no longer served, or about to go")
def find_deprecated_api(index: ObjectIndex) -> Violations:
    for each in index.objects:
        instead = GONE.get((each["apiVersion"], each["kind"]))
        if instead:
            yield each, f"{each['apiVersion']}: {instead}"


@rule("in-tree-backups", "backups by CloudNativePG itself, which its plugin took over")
def find_in_tree_backups(index: ObjectIndex) -> Violations:
    for each in index.of_kinds("Cluster", group="postgresql.cnpg.io"):
        if "barmanObjectStore" in each["spec"].get("backup", {}):
            yield each, "spec.backup.barmanObjectStore: the Barman Cloud plugin took its place"
