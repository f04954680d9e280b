"""Every object of every combination fits the strict schema of its kind."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from k8s.rendering import combinations, schemas
from k8s.rendering.schemas import Schemas
from knative import lint
from tests.k8s.conftest import Rendered, as_object
from tests.support.reference import reference

pytestmark = pytest.mark.timeout(600)

Object = dict[str, Any]
ENGINES_GROUPS = {"kafka.strimzi.io", "clickhouse.altinity.com", "clickhouse-keeper.altinity.com"}
"""Of operators whose definitions no Go module carries: Strimzi 1.2, Altinity's ClickHouse operator."""
OPERATORS_GROUPS = {
    "barmancloud.cnpg.io", "cert-manager.io", "external-secrets.io", "gateway.networking.k8s.io", "keda.sh",
    "monitoring.coreos.com", "postgresql.cnpg.io",
}  # fmt: skip


def group(content: Object) -> str:
    return str(content["apiVersion"]).rpartition("/")[0]


def is_of_kubernetes(content: Object) -> bool:
    return "." not in group(content) or group(content) == "networking.k8s.io"


def is_of_knative(content: Object) -> bool:
    return group(content).endswith(".knative.dev")


@pytest.fixture(scope="module")
def objects(rendered: Rendered) -> list[Object]:
    """Every object that differs from all others."""
    return [as_object(text) for text in sorted({text for texts in rendered.values() for text in texts})]


def faults(objects: list[Object], meant: Callable[[Object], bool], known: Schemas) -> list[str]:
    checked = [each for each in objects if meant(each)]
    assert checked
    return [
        f"{each['kind']} {each['metadata']['name']}: {messages}"
        for each in checked
        for messages in known.find_faults(each)
    ]


def test_kubernetes_own_kinds_fit_its_strict_schemas(objects: list[Object]) -> None:
    assert not faults(objects, is_of_kubernetes, schemas.load_kubernetes())


@pytest.fixture(scope="module")
def engines(objects: list[Object]) -> Schemas:
    """What Strimzi and Altinity define."""
    kinds = {each["kind"] for each in objects if group(each) in ENGINES_GROUPS}
    return schemas.load_definitions(reference("conformance/operator_crds"), kinds)


def test_the_engines_kinds_fit_their_operators_definitions(objects: list[Object], engines: Schemas) -> None:
    assert not faults(objects, lambda each: group(each) in ENGINES_GROUPS, engines)


def test_knatives_kinds_fit_its_definitions(objects: list[Object]) -> None:
    kinds = {each["kind"] for each in objects if is_of_knative(each)}
    known = schemas.load_definitions(reference("conformance/crds"), kinds)
    assert not faults(objects, is_of_knative, known)


def test_operators_kinds_fit_their_definitions(objects: list[Object], operators: Path) -> None:
    kinds = {each["kind"] for each in objects if group(each) in OPERATORS_GROUPS}
    known = schemas.load_definitions(operators, kinds)
    assert not faults(objects, lambda each: group(each) in OPERATORS_GROUPS, known)


def test_no_kind_goes_unchecked(objects: list[Object]) -> None:
    checked = ENGINES_GROUPS | OPERATORS_GROUPS
    assert not [
        each["kind"]
        for each in objects
        if not (is_of_kubernetes(each) or is_of_knative(each) or group(each) in checked)
    ]


def test_knatives_webhooks_take_what_is_rendered(rendered: Rendered, tmp_path: Path) -> None:
    """Of many combinations the Knative half is the same, so each half is asked about once."""
    halves = {
        tuple(text for text in texts if is_of_knative(as_object(text))): combination
        for combination, texts in rendered.items()
    }
    for texts, combination in halves.items():
        file = tmp_path / f"{combination}.yaml"
        file.write_text("\n---\n".join(texts), "utf-8")
        result = [each for each in lint.lint([file]) if each.severity != "info"]
        assert not result, f"{combination}: {result[0].object}: {result[0].message}"
    assert len(halves) < len(rendered)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(lambda pdb: pdb["spec"].update(maxUnavailible=1), "maxUnavailible", id="a typing error"),
        pytest.param(lambda pdb: pdb["spec"].update(selector="all"), "spec.selector", id="another type"),
        pytest.param(lambda pdb: pdb.update(apiVersion="policy/v1beta1"), "no schema", id="another version"),
    ],
)
def test_what_does_not_fit_is_named(spoil: Callable[[Object], None], said: str) -> None:
    budget = copy.deepcopy(BUDGET)
    assert schemas.load_kubernetes().find_faults(budget) == []
    spoil(budget)
    try:
        result = " ".join(schemas.load_kubernetes().find_faults(budget))
    except LookupError as exc:
        result = str(exc)
    assert said in result


BUDGET: Object = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "login"},
    "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "login"}}},
}


def test_the_engines_definitions_refuse_what_they_do_not_know(engines: Schemas) -> None:
    topic = {"partitions": 3, "replicas": 3}
    about = {"apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaTopic", "metadata": {"name": "shots"}}
    assert engines.find_faults({**about, "spec": topic}) == []
    assert "retention" in engines.find_faults({**about, "spec": {**topic, "retention": 1}})[0]
    assert "0 is less than the minimum of 1" in engines.find_faults({**about, "spec": {"partitions": 0}})[0]


def test_a_deprecated_version_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "shots.yaml").write_text(DEFINITION, "utf-8")
    known = schemas.load_definitions(tmp_path, {"Shot"})
    shot = {"kind": "Shot", "metadata": {"name": "a"}, "spec": {"minute": 90, "format": "header"}}
    assert known.find_faults({"apiVersion": "touchline.io/v1", **shot}) == []
    assert known.find_faults({"apiVersion": "touchline.io/v1beta1", **shot}) == ["is deprecated"]
    with pytest.raises(LookupError, match="v1alpha1"):
        known.find_faults({"apiVersion": "touchline.io/v1alpha1", **shot})


DEFINITION = """
kind: CustomResourceDefinition
spec:
  group: touchline.io
  names:
    kind: Shot
  versions:
    - name: v1
      served: true
      schema: &schema
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {minute: {type: integer}, format: {type: string}}}}
    - {name: v1beta1, served: true, deprecated: true, schema: *schema}
    - {name: v1alpha1, served: false, schema: *schema}
"""


def test_every_shipped_set_is_among_the_combinations() -> None:
    known = set(combinations.list_combinations())
    assert {combinations.shipped_combination(overlay) for overlay in combinations.OVERLAYS} <= known
