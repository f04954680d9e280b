"""Strict schemas for every kind we render: a field that its kind does not have is a fault, as a typing error would be.

Kubernetes' own kinds come from `kubernetes_validate`, custom ones from the CustomResourceDefinitions of a folder.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

from knative.manifests import kubernetes_yaml

KUBERNETES = "1.34"
"""The oldest minor that Knative 1.22 runs on: what it takes, newer ones take as well."""

KUBERNETES_KINDS = (
    ("v1", "ConfigMap"),
    ("v1", "Namespace"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
)
"""Those that a namespace of ours may hold."""

Schema = dict[str, Any]
Kind = tuple[str, str]
"""apiVersion and kind."""


@dataclass(frozen=True, slots=True)
class Schemas:
    """Validators by kind."""

    _known: dict[Kind, jsonschema.protocols.Validator] = field(default_factory=dict)
    deprecated: set[Kind] = field(default_factory=set)

    def find_faults(self, content: Mapping[str, Any]) -> list[str]:
        """Find what is wrong with an object, each with its path; `LookupError` when its kind is unknown."""
        kind = (str(content["apiVersion"]), str(content["kind"]))
        if kind not in self._known:
            raise LookupError(f"no schema for {kind[1]} of {kind[0]}")
        errors = self._known[kind].iter_errors(content)
        messages = [f"{each.json_path.removeprefix('$.')}: {each.message}" for each in errors]
        return [*messages, "is deprecated"] if kind in self.deprecated else messages

    def add(self, kind: Kind, schema: Schema) -> None:
        """Know one kind more."""
        self._known[kind] = jsonschema.Draft202012Validator(schema, registry=_definitions())

    def __contains__(self, kind: Kind) -> bool:
        return kind in self._known


def load_kubernetes() -> Schemas:
    """Kubernetes' own kinds."""
    schemas = Schemas()
    for api, name in KUBERNETES_KINDS:
        schemas.add((api, name), _kubernetes(f"{name}-{api.replace('.k8s.io', '').replace('/', '-')}"))
    return schemas


def load_definitions(folder: Path, kinds: Collection[str]) -> Schemas:
    """Kinds by the CustomResourceDefinitions of a folder's YAML files, in each version that is served."""
    schemas = Schemas()
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text("utf-8")
        if any(f"    kind: {kind}\n" in text for kind in kinds):  # some are half a megabyte
            for definition in kubernetes_yaml.load_all(text):
                if (definition or {}).get("kind") == "CustomResourceDefinition":
                    _add_definition(schemas, definition["spec"])
    return schemas


def close_schema(schema: Any) -> Any:
    """An OpenAPI v3 schema as JSON Schema that knows no other fields than those it names."""
    if isinstance(schema, list):
        return [close_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    closed = {
        key: close_schema(value) for key, value in schema.items() if key not in _WORDS and not key.startswith("x-")
    }
    if "properties" in schema:
        closed["properties"] = {name: close_schema(value) for name, value in schema["properties"].items()}
    keeps = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if schema.get("type") == "object" and "properties" in schema and not keeps:
        closed["additionalProperties"] = False
    if schema.get("nullable"):
        closed = {"anyOf": [{"type": "null"}, closed]}
    return closed


_WORDS = frozenset({"format", "nullable", "description", "default", "properties"})
"""Keywords that do not validate, that OpenAPI alone has, or that hold names instead of keywords."""


def _add_definition(schemas: Schemas, spec: Schema) -> None:
    for version in _served(spec):
        kind = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
        schemas.add(kind, _object(close_schema(version["schema"]["openAPIV3Schema"])))
        if version.get("deprecated"):
            schemas.deprecated.add(kind)


def _served(spec: Schema) -> Iterator[Schema]:
    return (version for version in spec["versions"] if version["served"])


def _object(schema: Schema) -> Schema:
    """With what the API server checks of every object."""
    own = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"$ref": _METADATA}}
    return {**schema, "properties": {**schema.get("properties", {}), **own}}


_METADATA = "https://kubernetes.io/api/_definitions.json#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


@cache
def _definitions() -> Registry[Any]:
    return Resource.from_contents(_kubernetes("_definitions")) @ Registry()


@cache
def _kubernetes(name: str) -> Schema:
    folder = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{KUBERNETES}.0-local-strict"
    schema: Schema = json.loads((folder / f"{name.lower()}.json").read_text("utf-8"))
    return schema
