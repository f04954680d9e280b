"""A rule about values that an API server stores otherwise than they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8s.rules.findings import Violations, rule
from k8s.rules.object_index import Object, ObjectIndex, group_of, walk
from knative.admission import RELEASED_TEMPLATE, admit, quantities, reviewable

_MAPS = frozenset({
    "annotations", "binaryData", "data", "labels", "limits", "matchLabels", "nodeSelector", "requests", "stringData",
})  # fmt: skip
"""Fields whose emptiness means the same as their absence; an empty selector, for one, means something."""
_QUANTITIES = frozenset({"limits", "requests", "capacity"})
_BUILT_IN = frozenset({"", "apps", "batch", "autoscaling", "policy"})
"""API groups of Kubernetes' own, besides those that end with k8s.io."""


@rule("normalized-by-server", "a value that a server stores otherwise, so that each apply finds a change")
def find_normalized_by_server(index: ObjectIndex) -> Violations:
    for each in index.objects:
        if group_of(each).endswith("knative.dev"):
            faults = _changed_by_webhook(each)
        elif group_of(each) in _BUILT_IN or group_of(each).endswith(".k8s.io"):
            faults = _dropped_or_rewritten(each)
        else:
            faults = iter(())
        yield from ((each, words) for words in faults)


def _dropped_or_rewritten(each: Object) -> Iterator[str]:
    """Yield the values that built-in types do not keep as they are written."""
    for path, value in walk(each):
        name = path.rpartition(".")[2]
        if value is None:
            yield f"{path}: null is stored as nothing"
        elif value == [] or (value == {} and name in _MAPS):
            yield f"{path}: {'{}' if value == {} else '[]'} is stored as nothing"
        elif isinstance(value, dict) and name in _QUANTITIES:
            yield from (f"{path}.{key}: {text}" for key, item in value.items() if (text := _rewritten(item)))


def _rewritten(quantity: Any) -> str:
    """Say how a quantity is stored, when that is not how it is written."""
    try:
        canonical = str(quantities.parse(str(quantity)))
    except ValueError:
        return ""
    return f"{quantity} is stored as {canonical}" if canonical != quantity else ""


def _changed_by_webhook(each: Object) -> Iterator[str]:
    """Yield the given fields that Knative's webhook changes; defaults that it adds are no change."""
    if reviewable(each):
        admission = admit(each, channel_template=RELEASED_TEMPLATE)
        if admission.verdict == "ok":
            yield from _differences(each, admission.defaulted, "")


def _differences(sent: Any, stored: Any, path: str) -> Iterator[str]:
    if isinstance(sent, dict) and isinstance(stored, dict):
        for name, value in sent.items():
            yield from _differences(value, stored.get(name), f"{path}.{name}" if path else name)
    elif isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        for position, (one, other) in enumerate(zip(sent, stored, strict=True)):
            yield from _differences(one, other, f"{path}[{position}]")
    elif sent != stored:
        yield f"{path}: {sent!r} is stored as {'nothing' if stored is None else repr(stored)}"
