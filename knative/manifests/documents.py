"""Reads a folder of YAML files into documents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knative.manifests import kubernetes_yaml
from knative.manifests.errors import InvalidManifests

KUSTOMIZATIONS = {"kustomization.yaml", "kustomization.yml", "Kustomization"}
"""Names of files that list the files of a base; they hold no objects themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One object of a file."""

    file: str
    content: dict[str, Any]


def read(folder: Path) -> list[Document]:
    """Return the documents of a folder's ``*.yaml`` files, by file name; `InvalidManifests` when one cannot be read."""
    if not folder.is_dir():
        raise InvalidManifests([f"{folder}: no such folder"])
    documents, faults = [], []
    for path in sorted(folder.glob("*.yaml")):
        if path.name in KUSTOMIZATIONS:
            continue
        try:
            for content in kubernetes_yaml.load_all(path.read_bytes()):
                if isinstance(content, dict):
                    documents.append(Document(file=path.name, content=content))
                elif content is not None:
                    faults.append(f"{path.name}: a document is not a mapping")
        except yaml.YAMLError as exc:
            faults.append(f"{path.name}: {' '.join(str(exc).split())}")
    if faults:
        raise InvalidManifests(faults)
    if not documents:
        raise InvalidManifests([f"{folder}: holds no manifests"])
    return documents
