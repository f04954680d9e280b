"""YAML files to objects that know the line of each of their fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knative.admission import WEBHOOKS
from knative.manifests import documents, kubernetes_yaml
from shared.errors import NotFound

SUFFIXES = {".yaml", ".yml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The reason why a document cannot be read."""

    file: str
    line: int
    rule: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """One object of a file."""

    file: str
    content: dict[str, Any]
    node: yaml.MappingNode

    @property
    def api(self) -> str:
        return str(self.content.get("apiVersion", ""))

    @property
    def kind(self) -> str:
        return str(self.content.get("kind", ""))

    @property
    def group(self) -> str:
        return self.api.rpartition("/")[0]

    @property
    def metadata(self) -> dict[str, Any]:
        return as_mapping(self.content.get("metadata"))

    @property
    def name(self) -> str:
        return str(self.metadata.get("name", ""))

    @property
    def namespace(self) -> str:
        return str(self.metadata.get("namespace") or "default")

    @property
    def annotations(self) -> dict[str, Any]:
        return as_mapping(self.metadata.get("annotations"))

    @property
    def spec(self) -> dict[str, Any]:
        return as_mapping(self.content.get("spec"))

    @property
    def has_webhook(self) -> bool:
        """Return True if we know the webhook of its kind."""
        return (self.api, self.kind) in WEBHOOKS

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"

    def line(self, path: str = "") -> int:
        """The line of the field at a path such as ``spec.filters[0].exact[type]``, or of the nearest one around it."""
        node: yaml.Node = self.node
        line = node.start_mark.line
        while path:
            step = _next_node(node, path)
            if step is None:
                break
            line, node, path = step
        return int(line) + 1


def as_mapping(value: Any) -> dict[str, Any]:
    """A mapping, an empty one instead of anything else."""
    return value if isinstance(value, dict) else {}


def as_mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def read(paths: list[Path]) -> tuple[list[Object], list[Fault]]:
    """Every object of files and folders, lists taken apart; `NotFound` for a path that is not there."""
    objects: list[Object] = []
    faults: list[Fault] = []
    for path in _iter_files(paths):
        try:
            for node in kubernetes_yaml.compose_all(path.read_bytes()):
                parts = list(_iter_objects(str(path), node))
                objects += [each for each in parts if isinstance(each, Object)]
                faults += [each for each in parts if isinstance(each, Fault)]
        except (yaml.YAMLError, RecursionError) as exc:
            faults.append(_read_fault(path, exc))
    return objects, faults


def _read_fault(path: Path, exc: Exception) -> Fault:
    if isinstance(exc, RecursionError):
        return Fault(file=str(path), line=1, rule="yaml-syntax", message="something contains itself")
    mark = getattr(exc, "problem_mark", None)
    problem = getattr(exc, "problem", None) or " ".join(str(exc).split())
    return Fault(file=str(path), line=mark.line + 1 if mark else 1, rule="yaml-syntax", message=problem)


def _iter_files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise NotFound(f"{path}: no such file or folder")
        candidates = sorted(path.rglob("*")) if path.is_dir() else [path]
        for each in candidates:
            is_yaml = each.suffix in SUFFIXES or each is path
            if is_yaml and each.is_file() and each.name not in documents.KUSTOMIZATIONS:
                yield each


def _iter_objects(file: str, node: yaml.Node | None) -> Iterator[Object | Fault]:
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")):
        return
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        yield Fault(file=file, line=line, rule="not-an-object", message="a document is a mapping")
        return
    faults = [
        Fault(file=file, line=key.start_mark.line + 1, rule="duplicate-key", message=f"{key.value} is given twice")
        for key in _duplicate_keys(node)
    ]
    yield from faults
    if faults:
        return
    content = kubernetes_yaml.construct(node)
    if str(content.get("kind", "")).endswith("List") and isinstance(content.get("items"), list):
        for item in _value_node(node, "items").value:
            yield from _iter_objects(file, item)
    elif not all(isinstance(content.get(field), str) and content[field] for field in ("apiVersion", "kind")):
        yield Fault(file=file, line=line, rule="not-an-object", message="an object has an apiVersion and a kind")
    else:
        yield Object(file=file, content=content, node=node)


def _duplicate_keys(node: yaml.Node) -> Iterator[yaml.Node]:
    """The keys that are given again."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _duplicate_keys(item)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                yield key
            seen.add(str(key.value))
            yield from _duplicate_keys(value)


def _value_node(node: yaml.MappingNode, name: str) -> Any:
    return next(value for key, value in node.value if key.value == name)


def _next_node(node: yaml.Node, path: str) -> tuple[int, yaml.Node, str] | None:
    """One field further: its line, its node, and the rest of the path; None when it is not there."""
    if isinstance(node, yaml.SequenceNode):
        matched = re.match(r"\[(\d+)\]\.?", path)
        if matched and int(matched[1]) < len(node.value):
            item = node.value[int(matched[1])]
            return item.start_mark.line, item, path[matched.end() :]
    if isinstance(node, yaml.MappingNode):
        for key, value in sorted(node.value, key=lambda pair: -len(str(pair[0].value))):
            matched = re.match(rf"\[?{re.escape(str(key.value))}\]?(?=$|[.\[])\.?", path)
            if matched:
                return key.start_mark.line, value, path[matched.end() :]
    return None
