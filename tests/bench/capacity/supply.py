"""What the manifests offer: how far each function may grow, and how the engines are divided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knative.manifests import kubernetes_yaml
from tests.support.reference import ROOT

SCALE = "autoscaling.knative.dev/{}-scale"
_MI = {"Mi": 1, "Gi": 1024}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pods:
    """One kind of pod: how many there may be, and what each asks its node for."""

    fewest: int
    most: int
    threads: int
    cores: float
    memory_mi: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """All that saturates."""

    functions: dict[str, Pods]
    """By the name of their Service."""
    source_per_s: float
    """Requests that all workers together may make of the source."""
    partitions: int
    """Of the log of scraped batches."""
    consumers: int
    """Dispatchers that share them."""
    replicas_of_log: int
    retention_s: float
    broker_partitions: int
    shards: int
    replicas_of_shard: int
    clickhouse_cores: float
    """Of each of its pods."""
    postgres_cores: float
    postgres_instances: int


def read(root: Path = ROOT) -> Supply:
    """From `knative/` and `k8s/base`."""
    result = {(each["kind"], each["metadata"]["name"]): each for each in _documents(root)}
    topic = result["KafkaTopic", "touchline.football.scraped"]["spec"]
    installation = result["ClickHouseInstallation", "touchline"]["spec"]
    layout = installation["configuration"]["clusters"][0]["layout"]
    (clickhouse,) = installation["templates"]["podTemplates"][0]["spec"]["containers"]
    postgres = result["Cluster", "touchline-postgres"]["spec"]
    broker = next(
        each["data"]
        for (kind, _), each in result.items()
        if kind == "ConfigMap" and "bootstrap.servers" in each["data"]
    )
    return Supply(
        functions={name: _pods(each) for (kind, name), each in result.items() if _is_function(kind, each)},
        source_per_s=_source_per_s(root),
        partitions=topic["partitions"],
        consumers=result["KafkaSource", "ingest-batch"]["spec"]["consumers"],
        replicas_of_log=topic["replicas"],
        retention_s=int(topic["config"]["retention.ms"]) / 1000,
        broker_partitions=int(broker["default.topic.partitions"]),
        shards=layout["shardsCount"],
        replicas_of_shard=layout["replicasCount"],
        clickhouse_cores=_cores(clickhouse["resources"]["requests"]["cpu"]),
        postgres_cores=_cores(postgres["resources"]["requests"]["cpu"]),
        postgres_instances=postgres["instances"],
    )


def _documents(root: Path) -> Iterator[dict[str, Any]]:
    for folder in (root / "knative", root / "k8s" / "base"):
        for path in sorted(folder.rglob("*.yaml")):
            for document in kubernetes_yaml.load_all(path.read_text("utf-8")):
                if document and "metadata" in document and "name" in document["metadata"]:
                    yield document


def _is_function(kind: str, document: dict[str, Any]) -> bool:
    return bool(kind == "Service" and document["apiVersion"].startswith("serving.knative.dev/"))


def _pods(service: dict[str, Any]) -> Pods:
    template = service["spec"]["template"]
    (container,) = template["spec"]["containers"]
    annotations = template["metadata"]["annotations"]
    asked = container["resources"]["requests"]
    return Pods(
        fewest=int(annotations[SCALE.format("min")]),
        most=int(annotations[SCALE.format("max")]),
        threads=template["spec"]["containerConcurrency"],
        cores=_cores(asked["cpu"]),
        memory_mi=int(asked["memory"][:-2]) * _MI[asked["memory"][-2:]],
    )


def _cores(text: str) -> float:
    return int(text.removesuffix("m")) / 1000 if text.endswith("m") else float(text)


def _source_per_s(root: Path) -> float:
    """What production says, else the default of the settings."""
    from shared.settings.collection import CollectionSettings

    settings = root / "k8s" / "overlays" / "production" / "settings.env"
    lines = dict(line.split("=", 1) for line in settings.read_text("utf-8").splitlines() if "=" in line)
    return float(lines.get("SOURCE_REQUESTS_PER_SECOND") or CollectionSettings().rate_per_s)
