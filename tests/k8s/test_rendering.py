"""Every overlay with every set of components is rendered by real kustomize, and what is named is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from k8s.rendering import combinations, kustomize
from tests.k8s.conftest import Rendered, as_object

pytestmark = pytest.mark.timeout(600)  # a hundred and more renderings; a busy machine takes minutes for them

Object = dict[str, Any]
Place = tuple[str, str, str]
"""Kind, namespace and name."""
FROM_A_VAULT = combinations.Combination("production", ("external-secrets",))
MADE_BY_OPERATORS = {
    "touchline-cluster-ca-cert": {"ca.crt"},  # Strimzi
    "touchline-gateway": {"tls.crt", "tls.key"},  # cert-manager
}
"""Secrets that are there once an operator has worked, and their keys."""


def keys_by_name(objects: list[Object]) -> dict[Place, set[str]]:
    """The keys of each ConfigMap and Secret."""
    found = {("Secret", "touchline", name): keys for name, keys in MADE_BY_OPERATORS.items()}
    for each in objects:
        namespace = each["metadata"].get("namespace", "")
        if each["kind"] in ("ConfigMap", "Secret"):
            keys = {*each.get("data", {}), *each.get("stringData", {})}
            found[(each["kind"], namespace, each["metadata"]["name"])] = keys
        if each["kind"] == "ExternalSecret":
            target = each["spec"]["target"]
            found[("Secret", namespace, target["name"])] = set(target["template"]["data"])
    return found


def references(node: Any) -> Iterator[tuple[str, str, str]]:
    """Kind, name and key of every reference to a ConfigMap or Secret below a node; no key: the whole."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    if not isinstance(node, dict):
        return
    for field, value in node.items():
        if field in ("configMapKeyRef", "secretKeyRef", "accessKeyId", "secretAccessKey"):
            yield "ConfigMap" if field == "configMapKeyRef" else "Secret", value["name"], value["key"]
        elif field == "configMap" and "name" in value:
            yield "ConfigMap", value["name"], ""
        elif field == "secret" and "secretName" in value:
            yield from (("Secret", value["secretName"], item["key"]) for item in value["items"])
        elif field == "secretTargetRef":
            yield from (("Secret", item["name"], item["key"]) for item in value)
        else:
            yield from references(value)


def test_every_combination_renders_and_names_only_what_is_there(rendered: Rendered) -> None:
    assert len(rendered) == len(combinations.OVERLAYS) * 2 ** len(combinations.components())
    told_by_the_vault = keys_by_name([as_object(text) for text in rendered[FROM_A_VAULT]])
    missing = set()
    for combination, texts in rendered.items():
        objects = [as_object(text) for text in texts]
        known = keys_by_name(objects)
        if combination.overlay == "production" and "external-secrets" not in combination.components:
            # Somebody makes them by hand then, under the same names.
            known |= {place: keys for place, keys in told_by_the_vault.items() if place[0] == "Secret"}
        missing |= {f"{combination}: {fault}" for each in objects for fault in dangling(each, known)}
    assert not missing


def dangling(each: Object, known: dict[Place, set[str]]) -> Iterator[str]:
    """What an object refers to and is not there."""
    for kind, name, key in references(each):
        keys = known.get((kind, each["metadata"].get("namespace", ""), name))
        if keys is None or (key and key not in keys):
            yield f"{each['kind']} {each['metadata']['name']}: no {kind} {name} {key}"


def test_no_combination_holds_an_object_twice(rendered: Rendered) -> None:
    for combination, texts in rendered.items():
        ids = [
            (each["apiVersion"], each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
            for each in map(as_object, texts)
        ]
        assert len(ids) == len(set(ids)), combination


def test_what_kustomize_refuses_is_told_in_its_words(kubectl: kustomize.Kustomize, tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [nowhere.yaml]\n")
    with pytest.raises(kustomize.NotRendered, match=r"nowhere\.yaml"):
        kubectl.render(tmp_path)
