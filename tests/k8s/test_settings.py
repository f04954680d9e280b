"""One ConfigMap and one Secret per environment, whose keys are the settings, and values that the settings take."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from k8s.rendering import combinations
from k8s.rendering.kustomize import Kustomize
from shared.adapters.kafka import event_log
from shared.adapters.postgres import database
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import EventLogSettings
from shared.settings.loading import load_settings
from shared.settings.operators import OperatorSettings
from tests.k8s.conftest import as_object
from tests.support.reference import ROOT
from tests.support.settings_groups import all_settings, groups

Object = dict[str, Any]
BOUND = {"K_SINK", "K_CE_OVERRIDES"}
"""What a SinkBinding gives."""
PLAIN = {each.metadata["env"] for each in all_settings() if each.repr} - BOUND
SECRET = {each.metadata["env"] for each in all_settings() if not each.repr}
IN_THE_VAULT = {
    "token_keys": "k1:" + "a" * 40,
    "service_token_keys": "s1:" + "b" * 40,
    "sealing_keys": "s1:" + "d" * 40,
    "codes_key": "c" * 40,
    "hooks_key": "d" * 40,
    "errors_keys": "e" * 40,
    "messages_url": "smtps://mail.example:465",
    "object_store_url": "s3://key:secret@host/bucket",
}

Shipped = Mapping[str, list[Object]]


def the(objects: list[Object], kind: str, prefix: str, namespace: str = "touchline") -> Object:
    (result,) = [
        each
        for each in objects
        if each["kind"] == kind
        and each["metadata"]["name"].startswith(prefix)
        and each["metadata"].get("namespace") == namespace
    ]
    return result


def secrets_of(objects: list[Object]) -> dict[str, str]:
    """What functions are given: generated ones as they are, those of a vault as its template makes them."""
    if any(each["kind"] == "Secret" for each in objects):
        data = the(objects, "Secret", "touchline-connections")["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}
    template = the(objects, "ExternalSecret", "touchline-connections")["spec"]["target"]["template"]["data"]
    return {key: filled(text) for key, text in template.items()}


def filled(template: str) -> str:
    """A template with example values for what the vault holds."""
    opened, *rest = template.split("{{ .")
    parts = [opened]
    for each in rest:
        name, _, after = each.partition("}}")
        parts += [IN_THE_VAULT.get(name.split()[0], "example"), after]
    return "".join(parts)


@pytest.mark.parametrize("overlay", combinations.OVERLAYS)
def test_keys_are_the_settings(shipped: Shipped, overlay: str) -> None:
    """A new setting is a line in k8s/base/settings.env or, being secret, in the two places that make Secrets."""
    objects = shipped[overlay]
    assert set(the(objects, "ConfigMap", "touchline-settings")["data"]) == PLAIN
    assert set(secrets_of(objects)) == SECRET


@pytest.mark.parametrize("overlay", combinations.OVERLAYS)
def test_values_are_taken(shipped: Shipped, overlay: str) -> None:
    objects = shipped[overlay]
    environment = {**the(objects, "ConfigMap", "touchline-settings")["data"], **secrets_of(objects)}
    for group in groups():
        load_settings(group, environment)
    url = load_settings(EventLogSettings, environment).url
    assert event_log.parse_options(url).properties["sasl.username"] == "scrape-worker"
    assert load_settings(OperatorSettings, environment).username
    assert load_settings(EdgeSettings, environment).public_origin


@pytest.mark.parametrize("overlay", combinations.OVERLAYS)
def test_all_pods_together_have_connections_enough(shipped: Shipped, overlay: str) -> None:
    objects = shipped[overlay]
    _, each_pod = database.split_pool_size(secrets_of(objects)["DATABASE_URL"])
    (cluster,) = [each for each in objects if each["kind"] == "Cluster"]
    allowed = int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])
    reserved = 3 + 3 + 4  # for its own superusers, for the operator, for a migration
    assert each_pod * n_pods(objects) + reserved <= allowed


def n_pods(objects: list[Object]) -> int:
    """How many pods may ask Postgres at once: functions at their max-scale, workers at theirs."""
    asking = 0
    for each in objects:
        is_function = each["apiVersion"] == "serving.knative.dev/v1"
        if is_function and "DATABASE_URL" in str(each["spec"]):
            notes = each["spec"]["template"]["metadata"]["annotations"]
            asking += int(notes["autoscaling.knative.dev/max-scale"])
        if each["kind"] == "ScaledObject":
            asking += int(each["spec"]["maxReplicaCount"])
        elif each["kind"] == "Deployment" and "DATABASE_URL" in str(each["spec"]):
            asking += int(each["spec"].get("replicas", 0))  # none: KEDA's number holds
    return asking


def test_other_settings_make_another_revision(kubectl: Kustomize, workspace: combinations.OverlayWorkspace) -> None:
    """The ConfigMap's name tells its content, and every function asks for it by that name."""
    names = set()
    expected = [combinations.Combination("production", added) for added in [(), ("stand-in",)]]
    for texts in workspace.render(kubectl, expected).values():
        objects = [as_object(text) for text in texts]
        name = the(objects, "ConfigMap", "touchline-settings")["metadata"]["name"]
        output = [each for each in objects if f"'name': '{name}'" in str(each) and each["kind"] != "ConfigMap"]
        assert {"Service", "Deployment", "Job"} <= {each["kind"] for each in output}
        assert not [each for each in objects if "'name': 'touchline-settings'" in str(each)]
        names.add(name)
    assert len(names) == 2


def test_secrets_of_kind_are_invented_once_and_for_everyone_anew(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        invent(folder)
    first, other = connections(ours), connections(theirs)
    for key, value in first.items():
        holds_a_secret = value and not value.startswith("file:")
        assert (value != other[key]) is bool(holds_a_secret), key
    invent(ours)
    assert connections(ours) == first
    assert {path.stat().st_mode & 0o077 for path in ours.iterdir()} == {0}


def invent(folder: Path) -> None:
    subprocess.run([str(ROOT / "scripts" / "kind-secrets"), str(folder)], check=True)


def connections(folder: Path) -> dict[str, str]:
    lines = (folder / "connections.env").read_text("utf-8").splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}
