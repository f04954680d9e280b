"""Rules about Services: threads, images, annotations that do nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from knative.admission import autoscaling
from knative.lint.findings import Broken, rule
from knative.lint.object_index import World
from knative.lint.yaml_objects import Object, items, mapping
from knative.manifests.kinds.autoscaling import NO_EFFECT

Fields = dict[str, Any]

_TEMPLATE = "spec.template.metadata.annotations"


@rule(
    "threads-below-concurrency",
    "warning",
    "more requests at once than the function has threads: they queue inside gunicorn, where nothing scales for them",
    "make containerConcurrency equal THREADS",
)
def threads(world: World) -> Broken:
    for service in world.of("Service"):
        pod = _pod(service)
        for index, container in enumerate(items(pod.get("containers"))):
            variables = {each.get("name"): each.get("value") for each in items(container.get("env"))}
            number = str(variables.get("THREADS", ""))
            allowed = pod.get("containerConcurrency", 0)
            if "FUNCTION_TARGET" not in variables or not number.isdecimal() or not isinstance(allowed, int):
                continue
            if not 0 < allowed <= int(number):
                many = str(allowed) if allowed else "any number of"
                path = (
                    "spec.template.spec.containerConcurrency"
                    if allowed
                    else f"spec.template.spec.containers[{index}].env"
                )
                yield service, path, f"{many} requests at once for {number} threads"


@rule(
    "image-latest",
    "warning",
    "an image without a tag or with latest: what runs is not said",
    "name a version or a digest",
)
def latest(world: World) -> Broken:
    for service in world.of("Service"):
        for index, container in enumerate(items(_pod(service).get("containers"))):
            image = str(container.get("image", ""))
            tag = image.rpartition("/")[2].partition(":")[2]
            if image and "@" not in image and tag in ("", "latest"):
                yield service, f"spec.template.spec.containers[{index}].image", f"{image} may be another image tomorrow"


@rule(
    "unknown-autoscaling-annotation",
    "warning",
    "an annotation below autoscaling.knative.dev that nobody reads",
    "look for a typing error",
)
def unknown_annotations(world: World) -> Broken:
    for service, key in _autoscaling(world):
        if key not in NO_EFFECT:
            yield service, f"{_TEMPLATE}.{key}", f"{key} has no effect"


@rule("camel-case-annotation", "info", "an autoscaling annotation in its older spelling", "write it with dashes")
def camel_case(world: World) -> Broken:
    for service, key in _autoscaling(world):
        if key != _kebab(key) and key in NO_EFFECT:
            yield service, f"{_TEMPLATE}.{key}", f"{key} is written {_kebab(key)} now"


def _autoscaling(world: World) -> Iterator[tuple[Object, str]]:
    """Services and the names of their autoscaling annotations."""
    for service in world.of("Service"):
        for key in mapping(mapping(mapping(service.spec.get("template")).get("metadata")).get("annotations")):
            if key.partition("/")[0] == autoscaling.GROUP:
                yield service, key


def _kebab(name: str) -> str:
    return re.sub("[A-Z]", lambda matched: f"-{matched[0].lower()}", name)


def _pod(service: Object) -> Fields:
    return mapping(mapping(service.spec.get("template")).get("spec"))
