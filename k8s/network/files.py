"""The files of policies, as they follow from the other files: one of the base, one of each component that needs any."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from k8s.network import calls, policies
from k8s.network.calls import Call
from knative.manifests import kubernetes_yaml
from knative.manifests.kinds import loader

ROOT = Path(__file__).resolve().parents[2]
NAME = "policies.yaml"
BASE = Path("k8s/base/network")
COMPONENTS = Path("k8s/components")


def render_files() -> dict[Path, str]:
    """Return the content that each file should have, by its path below the root."""
    declared, base = loader.load(ROOT / "knative"), _base()
    of_base = calls.find_calls(base, declared)
    texts = {BASE / NAME: policies.to_yaml(policies.build_policies(of_base))}
    for folder in sorted(each for each in (ROOT / COMPONENTS).iterdir() if each.is_dir()):
        more = _added(calls.find_calls([*base, *read_objects(str(COMPONENTS / folder.name))], declared), of_base)
        if more:
            texts[COMPONENTS / folder.name / NAME] = policies.to_yaml(policies.build_added_policies(more, folder.name))
    return texts


def find_base_calls() -> list[Call]:
    """Find the calls of the base, without any component."""
    return calls.find_calls(_base(), loader.load(ROOT / "knative"))


def _base() -> list[dict[str, Any]]:
    return [*read_objects("knative"), *read_objects("k8s/base")]


def _added(all_calls: list[Call], of_base: list[Call]) -> list[Call]:
    return [call for call in all_calls if call not in of_base]


def read_objects(folder: str) -> Iterator[dict[str, Any]]:
    """Kubernetes objects of files below the root that kustomize takes as they stand; policies are what is made."""
    for path in sorted((ROOT / folder).rglob("*.yaml")):
        for document in kubernetes_yaml.load_all(path.read_bytes()):
            if isinstance(document, dict) and "metadata" in document and document.get("kind") != "NetworkPolicy":
                yield document
