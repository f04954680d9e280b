"""The production manifests: what a cluster's schemas and admission webhooks accept, and what our code needs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from k8s.rendering import schemas
from knative.manifests import documents as documents_of_folder
from knative.manifests import durations
from knative.manifests.kinds import loader
from knative.manifests.model import Order, Trigger
from shared.events.betting import EventSettled, LineChanged
from shared.events.football import BatchScraped, LeagueUpdated
from shared.events.money import TransactionPosted
from shared.events.shop import TOPIC as PURCHASES
from shared.events.users import UserDeleted, UserRegistered
from shared.settings.exports import ExportSettings
from shared.settings.loading import load_settings
from tests.support.functions.catalogue import ENV
from tests.support.reference import reference
from tests.support.settings_groups import all_settings, names

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "knative"

KNATIVES_KINDS = {"Service", "Broker", "Trigger", "PingSource", "SinkBinding", "KafkaSource", "KafkaSink"}
POD_FIELDS = {
    "containers", "volumes", "serviceAccountName", "imagePullSecrets", "enableServiceLinks",
    "automountServiceAccountToken", "containerConcurrency", "timeoutSeconds",
}  # fmt: skip
RESERVED = {"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"}
ANNOTATIONS = {"class", "min-scale", "max-scale", "target", "target-utilization-percentage", "window", "metric"}
INNER = ("/core/", "/events/", "/health/", "/openapi.json", "/static/", "/<path:", "/robots.txt", "/favicon.ico")
"""Paths that are a function's own, or the framework's."""
KUBERNETES = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")


def documents() -> list[tuple[str, dict[str, Any]]]:
    return [(each.file, each.content) for each in documents_of_folder.read(FOLDER)]


def label(document: tuple[str, dict[str, Any]]) -> str:
    return f"{document[0]}-{document[1]['kind']}-{document[1]['metadata']['name']}"


DOCUMENTS = documents()
WITH_SCHEMA = [each for each in DOCUMENTS if each[1]["kind"] in KNATIVES_KINDS]
SERVICES = [pytest.param(each[1], id=each[1]["metadata"]["name"]) for each in DOCUMENTS if each[1]["kind"] == "Service"]


@pytest.fixture(scope="module")
def knatives_schemas() -> schemas.Schemas:
    """Of Knative's own definitions."""
    return schemas.load_definitions(reference("conformance/crds"), KNATIVES_KINDS)


@pytest.mark.parametrize("document", WITH_SCHEMA, ids=label)
def test_every_document_fits_its_schema_and_holds_no_unknown_field(
    document: tuple[str, dict[str, Any]], knatives_schemas: schemas.Schemas
) -> None:
    assert knatives_schemas.find_faults(document[1]) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=label)
def test_names_are_kubernetes_names_in_our_namespace(document: tuple[str, dict[str, Any]]) -> None:
    metadata = document[1]["metadata"]
    assert set(metadata) <= {"name", "namespace", "labels", "annotations"}
    assert KUBERNETES.match(metadata["name"])
    assert len(metadata["name"]) <= 63
    if document[1]["kind"] not in {"Namespace", "ReferenceGrant"}:
        assert metadata["namespace"] == "touchline"


def test_the_laptop_honours_them_too() -> None:
    result = loader.load(FOLDER)
    assert {service.name.name.replace("-", "_") for service in result.services} == {
        folder.name for folder in (FOLDER.parent / "functions").iterdir() if (folder / "main.py").exists()
    }
    assert not [finding for finding in result.findings if finding.verdict == "refused"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_stands_in_the_file_of_its_name_and_runs_its_folder(service: dict[str, Any]) -> None:
    name = service["metadata"]["name"]
    assert (FOLDER / f"{name}.yaml").is_file()
    env = {each["name"]: each.get("value") for each in container(service)["env"]}
    assert env["FUNCTION_TARGET"] == "handle"
    assert env["FUNCTION_SOURCE"] == f"functions/{name.replace('-', '_')}/main.py"
    assert (ROOT / "functions" / name.replace("-", "_")).is_dir()
    assert container(service)["image"] == f"ghcr.io/touchline/{name}:0.1.0"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_carries_allow_listed_pod_fields_only(service: dict[str, Any]) -> None:
    pod = service["spec"]["template"]["spec"]
    assert set(pod) <= POD_FIELDS
    assert pod["automountServiceAccountToken"] is False
    assert len(pod["containers"]) == 1
    assert "lifecycle" not in container(service)
    (port,) = container(service)["ports"]
    assert port["name"] in {"", "http1", "h2c"}
    assert port["containerPort"] not in {8008, 8012, 8013, 8022, 8112, 9090, 9091}
    assert 0 < pod["timeoutSeconds"] <= 600


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_meets_pod_security_restricted(service: dict[str, Any]) -> None:
    context = container(service)["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert context["readOnlyRootFilesystem"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}


@pytest.mark.parametrize("service", SERVICES)
def test_concurrency_equals_the_threads_of_the_server(service: dict[str, Any]) -> None:
    env = {each["name"]: each.get("value") for each in container(service)["env"]}
    assert service["spec"]["template"]["spec"]["containerConcurrency"] == int(env["THREADS"])


@pytest.mark.parametrize("service", SERVICES)
def test_scale_is_bounded_and_annotations_are_known(service: dict[str, Any]) -> None:
    prefix = "autoscaling.knative.dev/"
    annotations = service["spec"]["template"]["metadata"]["annotations"]
    output = {name.removeprefix(prefix): value for name, value in annotations.items() if name.startswith(prefix)}
    assert set(output) <= ANNOTATIONS
    assert all(isinstance(value, str) for value in annotations.values())
    assert 0 <= int(output["min-scale"]) <= int(output["max-scale"])
    assert not [name for name in service["metadata"].get("annotations", {}) if name.startswith(prefix)]


def test_every_scale_annotation_says_why() -> None:
    for path in FOLDER.glob("*.yaml"):
        for line in path.read_text().splitlines():
            if "autoscaling.knative.dev/" in line:
                assert " # " in line, f"{path.name}: {line.strip()}"


@pytest.mark.parametrize("service", SERVICES)
def test_probes_ask_the_health_paths_and_liveness_asks_no_dependency(service: dict[str, Any]) -> None:
    assert container(service)["readinessProbe"]["httpGet"] == {"path": "/health/ready"}
    assert container(service)["livenessProbe"]["httpGet"] == {"path": "/health/live"}


@pytest.mark.parametrize("service", SERVICES)
def test_memory_is_bounded_by_its_request_and_cpu_is_not(service: dict[str, Any]) -> None:
    resources = container(service)["resources"]
    assert resources["limits"] == {"memory": resources["requests"]["memory"]}
    assert resources["requests"]["cpu"]


@pytest.mark.parametrize("service", SERVICES)
def test_secrets_come_from_secrets_and_keys_equal_the_names(service: dict[str, Any]) -> None:
    secret = {each.metadata["env"] for each in all_settings() if not each.repr}
    for variable in container(service)["env"]:
        name, source = variable["name"], variable.get("valueFrom")
        assert name not in RESERVED
        if source is None:
            assert name not in secret
        elif "secretKeyRef" in source:
            assert source["secretKeyRef"]["name"] == "touchline-connections"
            assert source["secretKeyRef"]["key"] == name
        else:
            assert source["configMapKeyRef"]["name"] == "touchline-settings"
            assert source["configMapKeyRef"]["key"] == name
            assert name not in secret


@pytest.mark.parametrize("service", SERVICES)
def test_a_function_is_given_what_it_needs_and_nothing_it_does_not_know(service: dict[str, Any]) -> None:
    import importlib

    folder = service["metadata"]["name"].replace("-", "_")
    wiring = importlib.import_module(f"functions.{folder}.wiring")
    inputs = {each["name"] for each in container(service)["env"]}
    bound = {binding.subject.name for binding in loader.load(FOLDER).sink_bindings}
    if service["metadata"]["name"] in bound:
        inputs.add("K_SINK")
    assert set(wiring.NEED) <= inputs
    known = names(wiring.Settings) | {"FUNCTION_TARGET", "FUNCTION_SOURCE", "THREADS"}
    known |= {"MPLCONFIGDIR", "OMP_NUM_THREADS"}  # matplotlib, numpy and Arrow read them themselves
    assert inputs <= known


def test_every_delivery_has_retries_and_a_dead_letter_sink() -> None:
    """A `delivery` that names a dead-letter sink only would silently have no retries."""
    result = loader.load(FOLDER)
    deliveries = [broker.delivery for broker in result.brokers]
    deliveries += [trigger.delivery for trigger in result.triggers]
    deliveries += [source.delivery for source in result.kafka_sources]
    inputs = [delivery for delivery in deliveries if delivery]
    assert len(inputs) >= 3
    for delivery in inputs:
        assert delivery.retry
        assert delivery.dead_letter_sink is not None
    for _, document in DOCUMENTS:
        delivery_text = document.get("spec", {}).get("delivery", {})
        for name in {"backoffDelay", "timeout"} & set(delivery_text):
            assert durations.seconds(delivery_text[name]) > 0


def test_a_delivery_may_not_take_longer_than_the_function_answers() -> None:
    result = loader.load(FOLDER)
    limits = {each[1]["metadata"]["name"]: each[1]["spec"]["template"]["spec"]["timeoutSeconds"]
              for each in DOCUMENTS if each[1]["kind"] == "Service"}  # fmt: skip
    woken = [(trigger.subscriber, trigger.delivery) for trigger in result.triggers]
    woken += [(source.sink, source.delivery) for source in result.kafka_sources]
    for destination, delivery in woken:
        if delivery and delivery.timeout_s:
            assert destination.ref
            assert delivery.timeout_s <= limits[destination.ref.name.name]


def test_events_wake_the_functions_that_read_them() -> None:
    result = loader.load(FOLDER)
    assert {(source.consumer_group, *source.topics) for source in result.kafka_sources} == {
        ("ingest-batch", BatchScraped.TOPIC),
        ("load-lake", PURCHASES),
    }
    assert {(source.start, source.order) for source in result.kafka_sources} == {("earliest", Order.UNORDERED)}
    assert {(wanted_type(trigger), trigger.subscriber.uri) for trigger in result.triggers} == {
        (LeagueUpdated.TYPE, "/events/league-updated"),
        (UserDeleted.TYPE, "/events/user-deleted"),
        (UserRegistered.TYPE, "/events/user-registered"),
        (TransactionPosted.TYPE, "/events/transaction-posted"),
        (LineChanged.TYPE, "/events/line-changed"),
        (EventSettled.TYPE, "/events/event-settled"),
    }


def test_a_cluster_asks_the_same_areas_for_their_part_of_an_export_as_a_laptop() -> None:
    declared = {
        part.name: f"http://{service.name.name}.{service.name.namespace}.svc.cluster.local{part.path}"
        for service in loader.load(FOLDER).services
        for part in service.exports
    }
    lines = (FOLDER.parent / "k8s" / "base" / "settings.env").read_text("utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith("EXPORT_PARTS=")]
    assert dict(load_settings(ExportSettings, {"EXPORT_PARTS": line.partition("=")[2]}).parts) == declared
    assert "favourites" in declared


def test_who_has_a_part_of_an_export_hears_that_a_user_is_deleted() -> None:
    result = loader.load(FOLDER)
    hears = {
        trigger.subscriber.ref.name
        for trigger in result.triggers
        if trigger.subscriber.ref and wanted_type(trigger) == UserDeleted.TYPE
    }
    assert {service.name for service in result.services if service.exports} <= hears


def wanted_type(trigger: Trigger) -> str:
    """The one type of event that may pass a Trigger's filter."""
    (output,) = [
        document["spec"]
        for _, document in DOCUMENTS
        if document["kind"] == "Trigger" and document["metadata"]["name"] == trigger.name.name
    ]
    (expected,) = [
        attributes["type"]
        for attributes in [
            output.get("filter", {}).get("attributes", {}),
            *(each.get("exact", {}) for each in output.get("filters", ())),
        ]
        if "type" in attributes
    ]
    return str(expected)


@pytest.mark.parametrize("service", SERVICES)
def test_public_paths_lead_to_the_function_that_has_them(
    service: dict[str, Any], load_function: Callable[..., Flask]
) -> None:
    name = service["metadata"]["name"]
    rules = {rule.prefix: rule.service.name for rule in loader.load(FOLDER).routes}
    own = {prefix for prefix, owner in rules.items() if owner == name}
    paths = {rule.rule for rule in load_function(name.replace("-", "_"), **ENV).url_map.iter_rules()}
    public = {path for path in paths if not path.startswith(INNER) and path != "/"}
    for path in public:
        longest = max(
            (prefix for prefix in rules if f"{path}/".startswith(f"{prefix.rstrip('/')}/")), key=len, default="nothing"
        )
        assert rules.get(longest) == name, f"{path} leads to {longest}"
    for prefix in own:
        assert [path for path in public if f"{path}/".startswith(f"{prefix.rstrip('/')}/")], (
            f"nothing is below {prefix}"
        )


def test_events_are_not_public() -> None:
    """What no other rule takes reaches the site, which has no such path."""
    routes = loader.load(FOLDER).routes
    assert {rule.service.name for rule in routes if "/events".startswith(rule.prefix)} == {"site"}
    (site,) = [service for service in loader.load(FOLDER).services if service.name.name == "site"]
    assert not [trigger for trigger in loader.load(FOLDER).triggers if trigger.subscriber.ref.name == site.name]


def test_the_clock_sends_json_objects_that_name_a_task() -> None:
    pings = loader.load(FOLDER).ping_sources
    assert {json.loads(ping.data)["task"] for ping in pings} == {
        "results", "details", "resume", "relay", "erase", "tidy", "fit", "seal", "expire", "forget", "verify",
        "publish", "sweep", "make", "load", "tables", "build", "drain", "ask", "deliver", "rotate", "collect",
    }  # fmt: skip
    assert {ping.sink.uri for ping in pings} == {"/events/tick"}


def container(service: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = service["spec"]["template"]["spec"]["containers"][0]
    return result
