"""What a Service says: what is honoured, what has no effect on one laptop and why, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from knative.local.serving import environment
from knative.manifests import report
from knative.manifests.errors import InvalidManifests
from knative.manifests.kinds import loader
from knative.manifests.kinds.autoscaling import WITHOUT_EFFECT
from knative.manifests.model import Manifests, Service
from knative.manifests.references import References

Document = dict[str, Any]


CONFIGURED = {
    "name": "EXPORT_PARTS",
    "valueFrom": {"configMapKeyRef": {"name": "touchline-settings", "key": "EXPORT_PARTS"}},
}


def a_service(pod: Document | None = None, container: Document | None = None, **of_template: Any) -> Document:
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "f", "namespace": "touchline"},
        "spec": {
            "template": {
                "metadata": of_template,
                "spec": {"containers": [{"image": "example.org/fn", **(container or {})}], **(pod or {})},
            }
        },
    }


def load(folder: Path, document: Document) -> tuple[Service, str]:
    """The Service and what the report says."""
    (folder / "f.yaml").write_text(yaml.safe_dump(document))
    result = loader.load(folder)
    return result.services[0], "\n".join(report.format_report(result))


def refused(folder: Path, document: Document) -> str:
    with pytest.raises(InvalidManifests) as caught:
        load(folder, document)
    return str(caught.value)


def test_parts_of_an_export_are_declared_and_given_by_address(tmp_path: Path) -> None:
    document = a_service(container={"env": [CONFIGURED]})
    document["metadata"]["annotations"] = {"touchline.io/exports": "likes=/favourites/export, coins=/coins/export"}
    service, output = load(tmp_path, document)
    assert [(part.name, part.path) for part in service.exports] == [
        ("likes", "/favourites/export"),
        ("coins", "/coins/export"),
    ]
    assert "EXPORT_PARTS is made of it" in output
    result = loader.load(tmp_path)
    references = References(result, functions_url="http://127.0.0.1:7000", eventing_url="http://eventing")
    variables = environment.of_service(service, result, references, process_env={}, port=1)
    assert variables["EXPORT_PARTS"] == (
        "likes=http://127.0.0.1:7000/touchline/f/favourites/export,coins=http://127.0.0.1:7000/touchline/f/coins/export"
    )


@pytest.mark.parametrize(
    "text", ["likes", "likes=", "=/export", "Likes=/export", "likes=export", "likes=/a b", "a=/x,"]
)
def test_a_part_of_an_export_has_a_name_and_a_path(tmp_path: Path, text: str) -> None:
    document = a_service()
    document["metadata"]["annotations"] = {"touchline.io/exports": text}
    assert "touchline.io/exports: expected NAME=/PATH" in refused(tmp_path, document)


def test_limits_have_the_defaults_of_a_cluster(tmp_path: Path) -> None:
    result, _ = load(tmp_path, a_service())
    assert (result.container_concurrency, result.timeout_s) == (0, 300)
    assert (result.response_start_timeout_s, result.idle_timeout_s) == (0, 0)


def test_limits_are_read(tmp_path: Path) -> None:
    limits = {
        "containerConcurrency": 3,
        "timeoutSeconds": 20,
        "responseStartTimeoutSeconds": 10,
        "idleTimeoutSeconds": 5,
    }
    result, output = load(tmp_path, a_service(limits))
    assert (result.container_concurrency, result.timeout_s) == (3, 20)
    assert (result.response_start_timeout_s, result.idle_timeout_s) == (10, 5)
    assert not any(name in output for name in limits)


def test_a_timeout_of_nothing_is_the_default(tmp_path: Path) -> None:
    assert load(tmp_path, a_service({"timeoutSeconds": 0}))[0].timeout_s == 300


@pytest.mark.conforms("runtime-names")
@pytest.mark.parametrize(("named", "revision"), [({}, "f-00001"), ({"name": "f-blue"}, "f-blue")])
def test_the_revision_has_a_name(tmp_path: Path, named: Document, revision: str) -> None:
    (tmp_path / "f.yaml").write_text(yaml.safe_dump(a_service(**named)))
    result = loader.load(tmp_path)
    places = References(result, functions_url="http://functions", eventing_url="http://eventing")
    output = environment.of_service(result.services[0], result, places, process_env={}, port=8080)
    assert output == {"PORT": "8080", "K_SERVICE": "f", "K_CONFIGURATION": "f", "K_REVISION": revision}


def test_references_in_variables_are_expanded_as_the_kubelet_does_it(tmp_path: Path) -> None:
    env = [
        {"name": "HOST", "value": "db.example"},
        {"name": "USER_OF", "valueFrom": {"secretKeyRef": {"name": "s", "key": "DBUSER"}}},
        {"name": "URL", "value": "postgres://$(USER_OF)@$(HOST)/x"},
        {"name": "LATER", "value": "$(AFTER)"},
        {"name": "AFTER", "value": "z"},
        {"name": "ESCAPED", "value": "$$(HOST)"},
        {"name": "SVC", "value": "$(K_SERVICE)-$(PORT)"},
        {"name": "UNKNOWN", "value": "$(NOPE)/x"},
        {"name": "HOST", "value": "$(HOST).later"},
    ]
    result, output = load(tmp_path, a_service(container={"env": env}))
    places = References(Manifests(services=(result,)), functions_url="http://functions", eventing_url="http://eventing")
    variables = environment.of_service(
        result, Manifests(services=(result,)), places, process_env={"DBUSER": "a$(HOST)"}, port=8080
    )
    assert variables["URL"] == "postgres://a$(HOST)@db.example/x"
    assert (variables["LATER"], variables["AFTER"], variables["ESCAPED"]) == ("$(AFTER)", "z", "$(HOST)")
    assert (variables["SVC"], variables["UNKNOWN"]) == ("$(K_SERVICE)-$(PORT)", "$(NOPE)/x")
    assert variables["HOST"] == "db.example.later"
    assert "$(NOPE) stays as it is: no variable before it is called NOPE" in output


@pytest.mark.conforms("runtime-reserved")
@pytest.mark.parametrize("name", ["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"])
def test_reserved_variables_are_refused(tmp_path: Path, name: str) -> None:
    document = a_service(container={"env": [{"name": name, "value": "x"}]})
    assert f'"{name}" is a reserved environment variable' in refused(tmp_path, document)


VALID = {
    "metric": "rps",
    "panicthresholdpercentage": "200",
    "scaledowndelay": "2s",
    "scaletozeropodretentionperiod": "2s",
    "window": "20s",
}
"""What a webhook takes where 2 is no valid value."""


@pytest.mark.parametrize("annotation", sorted(WITHOUT_EFFECT))
def test_an_autoscaling_annotation_has_no_effect_and_says_why(tmp_path: Path, annotation: str) -> None:
    value = next((valid for name, valid in VALID.items() if annotation.lower().replace("-", "").endswith(name)), "2")
    (tmp_path / "f.yaml").write_text(yaml.safe_dump(a_service(annotations={annotation: value})))
    (output,) = [each for each in loader.load(tmp_path).findings if annotation in each.field]
    assert (output.verdict, output.reason) == ("ignored", WITHOUT_EFFECT[annotation])


def test_an_autoscaling_annotation_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    document = a_service(annotations={"autoscaling.knative.dev/max-scales": "2"})
    assert "autoscaling.knative.dev/max-scales refused: is not known here" in refused(tmp_path, document)


def test_an_annotation_has_its_older_spelling_where_a_cluster_reads_that_too() -> None:
    names = [key.removeprefix("autoscaling.knative.dev/") for key in WITHOUT_EFFECT]
    assert {"target-burst-capacity", "targetBurstCapacity", "window", "activation-scale"} <= set(names)
    assert "activationScale" not in names
    assert len(names) == 15 + 10


def test_traffic_has_no_effect_and_says_why(tmp_path: Path) -> None:
    document = a_service()
    document["spec"]["traffic"] = [
        {"latestRevision": True, "percent": 90},
        {"revisionName": "f-00001", "percent": 10, "tag": "old"},
    ]
    _, output = load(tmp_path, document)
    assert "latestRevision, percent, revisionName: the working tree is the one Revision here" in output
    assert "tag: there is one address of each function here" in output


@pytest.mark.parametrize(
    ("probe", "path"),
    [
        ({}, ""),
        ({"tcpSocket": {"port": 0}, "periodSeconds": 1}, ""),
        ({"httpGet": {"path": "/health/ready", "port": 8080}, "periodSeconds": 1}, "/health/ready"),
        ({"httpGet": {"path": "ready"}}, "/ready"),
        ({"httpGet": {}}, "/"),
    ],
)
def test_readiness_asks_what_the_probe_says(tmp_path: Path, probe: Document, path: str) -> None:
    assert load(tmp_path, a_service(container={"readinessProbe": probe}))[0].ready_path == path


@pytest.mark.parametrize(
    ("container", "told"),
    [
        ({"readinessProbe": {"exec": {"command": ["x"]}}}, "readinessProbe.exec refused: there is no container here"),
        ({"readinessProbe": {"grpc": {"port": 1}}}, "readinessProbe.grpc refused"),
        ({"command": ["sh"]}, "command refused: what runs is the target of functions-framework"),
        ({"args": ["-x"]}, "args refused"),
        ({"envFrom": [{"secretRef": {"name": "s"}}]}, "envFrom refused: name each variable under env"),
        ({"ports": [{"containerPort": 1}, {"containerPort": 2}]}, "more than one container port is set"),
        ({"ports": [{"name": "h2c", "containerPort": 1}]}, "ports[0].name refused: HTTP/1.1 is spoken here"),
        ({"lifecycle": {}}, "must not set the field(s): spec.template.spec.containers[0].lifecycle"),
    ],
)
def test_what_a_container_cannot_have_here_is_refused(tmp_path: Path, container: Document, told: str) -> None:
    assert told in refused(tmp_path, a_service(container=container))


A_VOLUME: Document = {
    "volumes": [{"name": "v", "secret": {"secretName": "s"}}],
    "containers": [{"image": "example.org/fn", "volumeMounts": [{"name": "v", "mountPath": "/x"}]}],
}
SCRATCH: Document = {
    "volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1Gi"}}],
    "containers": [{"image": "example.org/fn", "volumeMounts": [{"name": "v", "mountPath": "/tmp"}]}],
}
TWO_CONTAINERS: Document = {
    "containers": [{"image": "example.org/aa", "ports": [{"containerPort": 8080}]}, {"image": "example.org/bb"}]
}


@pytest.mark.parametrize(
    ("pod", "told"),
    [
        (A_VOLUME, "volumes refused: nothing can be mounted"),
        (A_VOLUME, "volumeMounts refused: nothing can be mounted"),
        (TWO_CONTAINERS, "containers refused: exactly one is served here"),
        ({"nodeSelector": {"a": "b"}}, "nodeSelector refused"),
    ],
)
def test_what_a_pod_cannot_have_here_is_refused(tmp_path: Path, pod: Document, told: str) -> None:
    assert told in refused(tmp_path, a_service(pod))


def test_an_empty_folder_for_scratch_files_is_the_machines_own(tmp_path: Path) -> None:
    _, output = load(tmp_path, a_service(SCRATCH))
    assert "ignored: Service volumes, volumeMounts: an empty /tmp for scratch files is this machine's own" in output
