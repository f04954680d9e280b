"""All objects of one rendering, and the pods they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from k8s.network.calls import POD_OWNERS

Object = Mapping[str, Any]

SERVING = "serving.knative.dev"


@dataclass(frozen=True, slots=True, eq=False)
class ObjectIndex:
    """All objects of one rendering. Compared by identity, so that results about it can be cached."""

    objects: tuple[Object, ...]

    def of_kinds(self, *kinds: str, group: str | None = None) -> Iterator[Object]:
        """The objects of these kinds; of one API group, where kinds share a name."""
        for each in self.objects:
            if each["kind"] in kinds and (group is None or group_of(each) == group):
                yield each

    def find(self, kind: str, namespace: str, name: str) -> Object | None:
        """An object by what identifies it."""
        matches = (each for each in self.of_kinds(kind) if (namespace_of(each), name_of(each)) == (namespace, name))
        return next(matches, None)

    def functions(self) -> Iterator[Object]:
        """Knative Services."""
        return self.of_kinds("Service", group=SERVING)

    def pods(self) -> Iterator[tuple[Object, Object]]:
        """Objects of ours that make pods, and the pods' specs."""
        for each in (*self.functions(), *self.of_kinds(*POD_OWNERS)):
            yield each, each["spec"]["template"]["spec"]

    def containers(self) -> Iterator[tuple[Object, Object, Object]]:
        """An object, the spec of its pods, and each of their containers."""
        for each, pod in self.pods():
            for container in (*pod.get("initContainers", ()), *pod["containers"]):
                yield each, pod, container


def group_of(each: Object) -> str:
    """The API group; empty for the core's."""
    return str(each["apiVersion"]).rpartition("/")[0]


def name_of(each: Object) -> str:
    """Its name."""
    return str(each["metadata"]["name"])


def namespace_of(each: Object) -> str:
    """Its namespace; empty for what has none."""
    return str(each["metadata"].get("namespace", ""))


def object_label(each: Object) -> str:
    """Kind, namespace and name."""
    return f"{each['kind']} {'/'.join(part for part in (namespace_of(each), name_of(each)) if part)}"


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value below another, with the path to it."""
    yield path, value
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from walk(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, f"{path}[{index}]")
