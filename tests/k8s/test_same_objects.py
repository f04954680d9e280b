"""The laptop reads what a cluster is given: the same files, the same objects, and overlays change sizes alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from k8s.rendering import combinations
from k8s.rendering.kustomize import Kustomize, parse_object
from knative.manifests import documents
from knative.manifests.kinds import loader
from knative.manifests.model import Manifests, Variable
from tests.support.reference import ROOT

Object = dict[str, Any]
KNATIVE = ROOT / "knative"


def by_id(objects: list[Object]) -> dict[tuple[str, str, str, str], Object]:
    document = {
        (each["apiVersion"], each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]): each
        for each in objects
    }
    assert len(document) == len(objects)
    return document


def test_the_base_is_what_the_laptop_loads(kubectl: Kustomize) -> None:
    cluster = by_id([parse_object(text) for text in kubectl.render(KNATIVE)])
    laptop = by_id([each.content for each in documents.read(KNATIVE)])
    assert cluster == laptop


@pytest.mark.parametrize("overlay", combinations.OVERLAYS)
def test_an_overlay_changes_nothing_that_the_laptop_honours(
    overlay: str, shipped: Mapping[str, list[Object]], tmp_path: Path
) -> None:
    """Who listens to what, how it is tried again, where it is given up: a cluster does what was seen on a laptop."""
    ours = set(by_id([each.content for each in documents.read(KNATIVE)]))
    rendered = {place: each for place, each in by_id(shipped[overlay]).items() if place in ours}
    assert rendered.keys() == ours
    (tmp_path / "all.yaml").write_text("\n---\n".join(map(as_yaml, rendered.values())), "utf-8")
    assert plain(loader.load(tmp_path)) == plain(loader.load(KNATIVE))


def as_yaml(content: Object) -> str:
    import yaml

    return yaml.safe_dump(content)


def plain(found: Manifests) -> Manifests:
    """Without the digests in the names of ConfigMaps, and in one order."""
    remaining = {
        field: tuple(sorted(getattr(found, field), key=lambda each: str(getattr(each, "name", each))))
        for field in ("brokers", "triggers", "kafka_sources", "ping_sources", "sink_bindings", "kafka_sinks", "routes")
    }
    services = sorted(found.services, key=lambda each: str(each.name))
    by_name = [replace(each, variables=tuple(map(without_digest, each.variables)), labels={}) for each in services]
    return Manifests(services=tuple(by_name), **remaining)


def without_digest(variable: Variable) -> Variable:
    kind, _, name = variable.source.partition(" ")
    digest = name.startswith("touchline-settings-")
    return replace(variable, source=f"{kind} touchline-settings") if digest else variable
