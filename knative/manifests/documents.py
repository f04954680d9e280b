"""YAML files to documents; a key given twice, which YAML parsers pass over in silence, is a fault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knative.manifests.errors import InvalidManifests

_Fast: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_IN_KUBERNETES = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"}
"""What YAML 1.1 makes of what looks like a date, and of a lone equals sign."""
KUSTOMIZATIONS = {"kustomization.yaml", "kustomization.yml", "Kustomization"}
"""Say which files make a base; they are no objects themselves."""


class Plain(_Fast):  # type: ignore[misc, valid-type]  # whichever is there
    """Plain values as Kubernetes reads them: what looks like a date, or is ``=``, stays a text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the loader's own way of being told
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_IN_KUBERNETES]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One object of a file."""

    file: str
    content: dict[str, Any]


class _Strict(Plain):
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
        if path.name in KUSTOMIZATIONS:
            continue
        try:
            for content in yaml.load_all(path.read_bytes(), Loader=_Strict):
                if isinstance(content, dict):
                    documents.append(Document(file=path.name, content=as_json(content)))
                elif content is not None:
                    faults.append(f"{path.name}: a document is not a mapping")
        except yaml.YAMLError as exc:
            faults.append(f"{path.name}: {' '.join(str(exc).split())}")
    if faults:
        raise InvalidManifests(faults)
    if not documents:
        raise InvalidManifests([f"{folder}: holds no manifests"])
    return documents


def as_json(value: Any) -> Any:
    """What a cluster gets to see: YAML turned into JSON, in which keys are texts and 1.0 is 1."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key).lower(): as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
