"""YAML files to documents; a key given twice, which YAML parsers pass over in silence, is a fault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knative.local.faults import InvalidManifests

_Fast: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One object of a file."""

    file: str
    content: dict[str, Any]


class _Strict(_Fast):  # type: ignore[misc, valid-type]
    """Refuses duplicate keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"key {key.value!r} is given twice", problem_mark=key.start_mark)
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return found


def read(folder: Path) -> list[Document]:
    """The documents of a folder's ``*.yaml`` files, by file name; `InvalidManifests` when one cannot be read."""
    if not folder.is_dir():
        raise InvalidManifests([f"{folder}: no such folder"])
    documents, faults = [], []
    for path in sorted(folder.glob("*.yaml")):
        try:
            for content in yaml.load_all(path.read_bytes(), Loader=_Strict):
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
