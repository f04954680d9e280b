"""Every overlay with every set of components, each a folder that kustomize can render."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import yaml

from k8s.rendering.kustomize import ROOT, Kustomize
from knative.manifests import kubernetes_yaml

OVERLAYS = ("kind", "production")
OWN_SECRETS = "secrets"
"""Component of the overlay kind; the component external-secrets replaces it."""


@dataclass(frozen=True, slots=True, order=True)
class Combination:
    """An overlay and what is added to it."""

    overlay: str
    components: tuple[str, ...]

    def __str__(self) -> str:
        return "+".join((self.overlay, *self.components))


def list_components() -> tuple[str, ...]:
    """The names of all components that an overlay can ask for; Spark and Airflow are applied beside it."""
    return tuple(sorted(path.parent.name for path in (ROOT / "k8s" / "components").glob("*/kustomization.yaml")))


def list_combinations() -> Iterator[Combination]:
    """Each overlay with each set of components."""
    known = list_components()
    for overlay in OVERLAYS:
        for size in range(len(known) + 1):
            for chosen in combinations(known, size):
                yield Combination(overlay, chosen)


def shipped_combination(overlay: str) -> Combination:
    """The set that an overlay itself asks for."""
    told = _kustomization(ROOT / "k8s" / "overlays" / overlay)["components"]
    return Combination(overlay, tuple(sorted(Path(each).name for each in told if each != OWN_SECRETS)))


class OverlayWorkspace:
    """A copy of the tree, in which overlays are asked for other components than they ship with."""

    def __init__(self, folder: Path) -> None:
        """Copy what kustomize reads into an empty folder, and invent the secrets of kind."""
        self._overlays = folder / "k8s" / "overlays"
        ours = shutil.ignore_patterns("local", "made", "__pycache__", "*.py")
        for name in ("base", "components", "overlays"):
            shutil.copytree(ROOT / "k8s" / name, folder / "k8s" / name, ignore=ours)
        (folder / "knative").mkdir()
        for path in (ROOT / "knative").glob("*.yaml"):
            shutil.copy(path, folder / "knative")
        made = self._overlays / "kind" / "secrets" / "made"
        subprocess.run([str(ROOT / "scripts" / "kind-secrets"), str(made)], check=True)

    def folder(self, combination: Combination) -> Path:
        """The overlay's folder, changed to ask for exactly these components."""
        source = self._overlays / combination.overlay
        target = self._overlays / f"only-{combination}"
        if not target.exists():
            shutil.copytree(source, target)
            components = [f"../../components/{name}" for name in combination.components]
            if combination.overlay == "kind" and "external-secrets" not in combination.components:
                components.insert(0, OWN_SECRETS)
            content = {**_kustomization(source), "components": components}
            (target / "kustomization.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
        return target

    def render(self, kustomize: Kustomize, wanted: list[Combination]) -> Mapping[Combination, tuple[str, ...]]:
        """The texts of the objects of each combination, as many at a time as there are processors."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            rendered = pool.map(lambda each: kustomize.render(self.folder(each)), wanted)
            return dict(zip(wanted, rendered, strict=True))


def _kustomization(folder: Path) -> dict[str, list[str]]:
    content: dict[str, list[str]] = kubernetes_yaml.load((folder / "kustomization.yaml").read_text("utf-8"))
    return content
