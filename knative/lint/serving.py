"""Rules about Services: threads, images, annotations that do nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from knative.admission import autoscaling
from knative.lint.findings import Violations, rule
from knative.lint.object_index import ObjectIndex
from knative.lint.yaml_objects import Object, as_mapping, as_mappings
from knative.manifests import variable_references
from knative.manifests.kinds.autoscaling import WITHOUT_EFFECT

Fields = dict[str, Any]

_TEMPLATE = "spec.template.metadata.annotations"


@rule(
    "threads-below-concurrency",
    "warning",
    "more requests at once than the function has threads: they queue inside the server, where nothing scales for them",
    "make containerConcurrency equal THREADS",
)
def find_threads_below_concurrency(index: ObjectIndex) -> Violations:
    for service in index.of_kinds("Service"):
        pod = _pod_spec(service)
        for position, container in enumerate(as_mappings(pod.get("containers"))):
            variables = {each.get("name"): each.get("value") for each in as_mappings(container.get("env"))}
            number = str(variables.get("THREADS", ""))
            allowed = pod.get("containerConcurrency", 0)
            if "FUNCTION_TARGET" not in variables or not number.isdecimal() or not isinstance(allowed, int):
                continue
            if not 0 < allowed <= int(number):
                many = str(allowed) if allowed else "any number of"
                path = (
                    "spec.template.spec.containerConcurrency"
                    if allowed
                    else f"spec.template.spec.containers[{position}].env"
                )
                yield service, path, f"{many} requests at once for {number} threads"


@rule(
    "unresolved-variable",
    "warning",
    "a $(NAME) in a variable's value that the kubelet leaves as it is: no variable before it has that name",
    "move the variable before it, write the value itself, or $$(NAME) where the text is meant",
)
def find_unresolved_variable(index: ObjectIndex) -> Violations:
    for service in index.of_kinds("Service"):
        for position, container in enumerate(as_mappings(_pod_spec(service).get("containers"))):
            variables = [(str(each.get("name")), str(each.get("value") or "")) for each in _variables(container)]
            for name, other in variable_references.find_unresolved(variables):
                at = [each for each, _ in variables].index(name)
                path = f"spec.template.spec.containers[{position}].env[{at}].value"
                yield service, path, f"{name} keeps $({other}) as it is written"


def _variables(container: Fields) -> list[Fields]:
    return as_mappings(container.get("env"))


@rule(
    "image-latest",
    "warning",
    "an image without a tag or with latest: it may change under the same name",
    "name a version or a digest",
)
def find_image_latest(index: ObjectIndex) -> Violations:
    for service in index.of_kinds("Service"):
        for position, container in enumerate(as_mappings(_pod_spec(service).get("containers"))):
            image = str(container.get("image", ""))
            tag = image.rpartition("/")[2].partition(":")[2]
            if image and "@" not in image and tag in ("", "latest"):
                yield (
                    service,
                    f"spec.template.spec.containers[{position}].image",
                    f"{image} may be another image tomorrow",
                )


@rule(
    "unknown-autoscaling-annotation",
    "warning",
    "an unknown annotation below autoscaling.knative.dev",
    "look for a typing error",
)
def find_unknown_autoscaling_annotation(index: ObjectIndex) -> Violations:
    for service, key in _autoscaling_annotations(index):
        if key not in WITHOUT_EFFECT:
            yield service, f"{_TEMPLATE}.{key}", f"{key} has no effect"


@rule("camel-case-annotation", "info", "an autoscaling annotation in its older spelling", "write it with dashes")
def find_camel_case_annotation(index: ObjectIndex) -> Violations:
    for service, key in _autoscaling_annotations(index):
        if key != _kebab_case(key) and key in WITHOUT_EFFECT:
            yield service, f"{_TEMPLATE}.{key}", f"{key} is written {_kebab_case(key)} now"


def _autoscaling_annotations(index: ObjectIndex) -> Iterator[tuple[Object, str]]:
    """Services and the names of their autoscaling annotations."""
    for service in index.of_kinds("Service"):
        for key in as_mapping(as_mapping(as_mapping(service.spec.get("template")).get("metadata")).get("annotations")):
            if key.partition("/")[0] == autoscaling.GROUP:
                yield service, key


def _kebab_case(name: str) -> str:
    return re.sub("[A-Z]", lambda matched: f"-{matched[0].lower()}", name)


def _pod_spec(service: Object) -> Fields:
    return as_mapping(as_mapping(service.spec.get("template")).get("spec"))
