"""Checks of every object's metadata by the API server itself, in its words; webhooks check little of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from knative.admission import names
from knative.admission.field_errors import go_quote

MAX_ANNOTATIONS_BYTES = 256 * 1024
"""Keys and values of all annotations together."""


def find_faults(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the path of each field that is refused, and why."""
    metadata = _mapping(content.get("metadata"))
    if not str(content.get("apiVersion")).startswith("serving.knative.dev/"):
        yield from _name_faults(metadata)  # the webhook of those is stricter, and says so itself
    if isinstance(namespace := metadata.get("namespace"), str) and namespace:
        yield from _invalid("metadata.namespace", namespace, names.dns_1123_label(namespace))
    for key, value in _mapping(metadata.get("labels")).items():
        yield from _invalid(f"metadata.labels.{key}", key, names.qualified_name(key))
        if isinstance(value, str):
            yield from _invalid(f"metadata.labels.{key}", value, names.label_value(value))
    annotations = _mapping(metadata.get("annotations"))
    for key in annotations:
        yield from _invalid(f"metadata.annotations.{key}", key, names.qualified_name(key.lower()))
    size = sum(len(key.encode()) + len(str(value).encode()) for key, value in annotations.items())
    if size > MAX_ANNOTATIONS_BYTES:
        yield "metadata.annotations", f"Too long: may not be more than {MAX_ANNOTATIONS_BYTES} bytes"


def _name_faults(metadata: dict[str, Any]) -> Iterator[tuple[str, str]]:
    name = metadata.get("name")
    if not name and not metadata.get("generateName"):
        yield "metadata.name", "Required value: name or generateName is required"
    if isinstance(name, str) and name:
        yield from _invalid("metadata.name", name, names.dns_1123_subdomain(name))


def _invalid(path: str, value: str, reasons: list[str]) -> Iterator[tuple[str, str]]:
    for reason in reasons:
        yield path, f"Invalid value: {go_quote(value)}: {reason}"


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
