"""A real API server takes every object that is rendered, strictly, and finds nothing new when it is applied again.

``./scripts/test api-server`` runs it where ``KUBEBUILDER_ASSETS`` says where kube-apiserver and etcd are.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from k8s.rendering import combinations, kustomize
from k8s.rendering.combinations import OverlayWorkspace
from knative.manifests import kubernetes_yaml
from tests.k8s.conftest import Rendered, as_object
from tests.support import api_server
from tests.support.api_server import ApiServer
from tests.support.changed_objects import CHANGES, Change
from tests.support.reference import reference

MISSING = api_server.missing_assets()
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.skipif(bool(MISSING), reason=MISSING)]

Object = dict[str, Any]
APPLY = ("--server-side", "--force-conflicts")
CANNOT_BE_CHANGED = {"Job"}
"""Kinds of which each overlay's variant needs a server that has no other one."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[ApiServer]:
    """A server that knows every kind of ours."""
    kubectl: kustomize.Kustomize = request.getfixturevalue("kubectl")
    operators: Path = request.getfixturevalue("operators")
    folders = [operators, reference("conformance/crds"), reference("conformance/operator_crds")]
    with api_server.run_api_server(tmp_path_factory.mktemp("api-server"), kubectl.program) as server:
        definitions = [each for folder in folders for each in definitions_of(folder)]
        server.kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": definitions}))
        server.kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=60s")
        yield server


def definitions_of(folder: Path) -> Iterator[Object]:
    """CustomResourceDefinitions without their conversion, which would ask a webhook that does not run."""
    for path in sorted(folder.glob("*.yaml")):
        for each in kubernetes_yaml.load_all(path.read_bytes()):
            if (each or {}).get("kind") == "CustomResourceDefinition":
                each["spec"].pop("conversion", None)
                yield each


def identity(text: str) -> tuple[str, str, str]:
    each = as_object(text)
    return each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]


def layers(texts: set[str]) -> list[list[str]]:
    """The texts so that no layer has two variants of an object: the next one changes what the last one made."""
    document: list[dict[tuple[str, str, str], str]] = []
    for text in sorted(texts):
        layer = next((each for each in document if identity(text) not in each), None)
        if layer is None:
            document.append(layer := {})
        layer[identity(text)] = text
    return [list(each.values()) for each in document]


def apply(api: ApiServer, texts: list[str]) -> None:
    for namespace in {identity(text)[1] for text in texts} - {""}:
        api.kubectl("create", "namespace", namespace, may_fail=True)  # it may be there
    for kind, namespace, name in map(identity, texts):
        if kind in CANNOT_BE_CHANGED:
            api.kubectl("delete", kind, name, "--namespace", namespace, "--ignore-not-found")
    api.kubectl("apply", *APPLY, "--validate=strict", "-f", "-", text="\n---\n".join(texts))


def difference(api: ApiServer, texts: list[str]) -> str:
    done = api.kubectl("diff", *APPLY, "-f", "-", text="\n---\n".join(texts), may_fail=True)
    return done.stdout + done.stderr


def test_every_object_is_taken_and_a_second_apply_changes_nothing(api: ApiServer, rendered: Rendered) -> None:
    for texts in layers({text for combination in rendered.values() for text in combination}):
        apply(api, texts)
        assert difference(api, texts) == ""


def test_a_value_that_the_rules_call_normalized_is_a_difference_at_every_apply(api: ApiServer) -> None:
    text = (Path(__file__).parent / "broken" / "selector-of-nothing.yaml").read_text("utf-8").partition("---\n")[2]
    apply(api, [text])
    assert "generation" in difference(api, [text])
    apply(api, [text])
    assert "generation" in difference(api, [text])


def test_a_field_that_does_not_exist_is_refused(api: ApiServer) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\ndatta: {}\n"
    done = api.kubectl("apply", *APPLY, "--validate=strict", "-f", "-", text=text, may_fail=True)
    assert done.returncode != 0
    assert ".datta: field not declared in schema" in done.stderr


STEPS = (
    "kubectl apply --server-side -f touchline.yaml -l touchline.io/stage=engines",
    "kubectl apply --force -f touchline.yaml -l touchline.io/stage=migrate",
    "kubectl apply --server-side -f touchline.yaml",
)
"""Of an installation and of an upgrade, as `k8s/README.md` has them."""


def test_an_upgrade_needs_nothing_deleted_by_hand(
    api: ApiServer, kubectl: kustomize.Kustomize, workspace: OverlayWorkspace
) -> None:
    readme = (kustomize.ROOT / "k8s/README.md").read_text("utf-8")
    now = workspace.folder(combinations.shipped_combination("production"))
    for folder in (now, next_release(now)):
        texts = kubectl.render(folder)
        for namespace in {identity(text)[1] for text in texts} - {""}:
            api.kubectl("create", "namespace", namespace, may_fail=True)  # it may be there
        for step in STEPS:
            assert step in readme
            api.kubectl(
                *step.removeprefix("kubectl ").replace("touchline.yaml", "-").split(), text="\n---\n".join(texts)
            )
    image = api.kubectl("get", "job/migrate", "-n", "touchline", "-o", "jsonpath={..containers[0].image}").stdout
    assert image == "ghcr.io/touchline/migrations:0.2.0"


def next_release(folder: Path) -> Path:
    """The overlay with other images and another setting."""
    document = folder.with_name(f"{folder.name}-next")
    shutil.copytree(folder, document)
    kustomization = document / "kustomization.yaml"
    kustomization.write_text(kustomization.read_text("utf-8").replace("newTag: 0.1.0", "newTag: 0.2.0"), "utf-8")
    with (document / "settings.env").open("a", encoding="utf-8") as settings:
        settings.write("BCRYPT_COST=13\n")
    return document


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_server_refuses_the_changes_that_the_linter_calls_impossible(api: ApiServer, change: Change) -> None:
    """`tests/unit/knative/lint/test_immutable.py` asks the linter the same."""
    about = (change.kind, "a", "--namespace", "default")
    api.kubectl("apply", *APPLY, "--validate=strict", "-f", "-", text=json.dumps(change.before()))
    try:
        done = api.kubectl("apply", *APPLY, "-f", "-", text=json.dumps(change.after()), may_fail=True)
        assert (done.returncode != 0) is change.is_refused, done.stderr
    finally:
        api.kubectl("delete", *about, "--wait=false")
        api.kubectl("patch", *about, "--type=merge", "-p", '{"metadata":{"finalizers":null}}', may_fail=True)
