"""Renders every combination once for all tests, also for those of another process."""

from __future__ import annotations

import fcntl
import pickle
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from k8s.rendering import combinations, kustomize
from k8s.rendering.combinations import Combination
from shared.errors import Unavailable

Rendered = Mapping[Combination, tuple[str, ...]]
"""The text of each object."""


@pytest.fixture(scope="session")
def kubectl() -> kustomize.Kustomize:
    """The real one, or a skip that says why it cannot be had."""
    try:
        return kustomize.load_kubectl()
    except Unavailable as exc:
        pytest.skip(str(exc))


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> combinations.OverlayWorkspace:
    """A copy of the tree."""
    return combinations.OverlayWorkspace(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="session")
def rendered(
    kubectl: kustomize.Kustomize, workspace: combinations.OverlayWorkspace, tmp_path_factory: pytest.TempPathFactory
) -> Rendered:
    """Every combination."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if shared.name.startswith("popen-") else shared  # workers of one run lie side by side
    with (shared / "rendered.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remaining = shared / "rendered.pickle"
        if not remaining.exists():
            remaining.write_bytes(pickle.dumps(workspace.render(kubectl, list(combinations.list_combinations()))))
        result: Rendered = pickle.loads(remaining.read_bytes())
        return result


@pytest.fixture(scope="session")
def shipped(
    kubectl: kustomize.Kustomize, workspace: combinations.OverlayWorkspace
) -> Mapping[str, list[dict[str, Any]]]:
    """The objects of each overlay with the components that it ships with."""
    expected = [combinations.shipped_combination(overlay) for overlay in combinations.OVERLAYS]
    document = workspace.render(kubectl, expected)
    return {each.overlay: [as_object(text) for text in document[each]] for each in expected}


@pytest.fixture(scope="session")
def operators() -> Path:
    """The operators' definitions, or a skip that says why they cannot be had."""
    done = subprocess.run([str(kustomize.ROOT / "scripts" / "unpack-crds")], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"operators' definitions cannot be fetched: {done.stderr.strip()}")
    return Path(done.stdout.strip())


@cache
def as_object(text: str) -> dict[str, Any]:
    """The object of a text; two hundred different ones make up all combinations. Not to be changed."""
    return kustomize.parse_object(text)
