"""Real kustomize, as kubectl carries it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knative.manifests import kubernetes_yaml
from shared.errors import TouchlineError, Unavailable

ROOT = Path(__file__).resolve().parents[2]
_SEPARATOR = "\n---\n"


class RenderFailed(TouchlineError):
    """kustomize refused a folder."""


@dataclass(frozen=True, slots=True)
class Kustomize:
    """A kubectl program."""

    program: Path

    def render(self, folder: Path) -> tuple[str, ...]:
        """The text of each object that a kustomization makes; `RenderFailed` says in kustomize's words why not."""
        # It lives for a moment: collecting its garbage would be a third of its work.
        environment = {**os.environ, "GOGC": "400"}
        command = [str(self.program), "kustomize", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode:
            raise RenderFailed(f"{folder.name}: {done.stderr.strip()}")
        if done.stderr:
            raise RenderFailed(f"{folder.name}: rendered, but {done.stderr.strip()}")
        # A line of three dashes never stands inside a block text, which is indented.
        return tuple(done.stdout.removesuffix("\n").split(_SEPARATOR))


def load_kubectl() -> Kustomize:
    """The pinned kubectl, fetched once per user; `Unavailable` when it cannot be."""
    done = subprocess.run([str(ROOT / "scripts" / "unpack-kubectl")], capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["scripts/unpack-kubectl failed"])[-1]
        raise Unavailable(f"kubectl cannot be fetched: {last}")
    return Kustomize(Path(done.stdout.strip()))


def parse_object(text: str) -> dict[str, Any]:
    """The object of a text."""
    content: dict[str, Any] = kubernetes_yaml.load(text)
    return content
