"""Fields that a server does not let anybody change: compares manifests with those of the release before them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from knative.admission.eventing import CLASS
from knative.lint.findings import declare_rule
from knative.lint.yaml_objects import Object, as_mapping

IMMUTABLE_FIELD = "immutable-field"
declare_rule(
    IMMUTABLE_FIELD,
    "error",
    "a field that differs from the release before and that a server does not let change (lint --against)",
    "keep it, give the object another name, or delete the old object first",
)

_CREATOR = "serving.knative.dev/creator"
_MODIFIER = "serving.knative.dev/lastModifier"

FIELDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("batch", "Job"): (
        "spec.template", "spec.selector", "spec.completions", "spec.completionMode", "spec.podFailurePolicy",
        "spec.backoffLimitPerIndex", "spec.successPolicy", "spec.managedBy", "spec.podReplacementPolicy",
    ),
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "DaemonSet"): ("spec.selector",),
    ("apps", "ReplicaSet"): ("spec.selector",),
    ("apps", "StatefulSet"): (
        "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates", "spec.podManagementPolicy",
    ),
    ("", "Service"): ("spec.clusterIP",),
    ("", "Secret"): ("type",),
    ("", "PersistentVolumeClaim"): ("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeMode"),
    ("scheduling.k8s.io", "PriorityClass"): ("value", "preemptionPolicy"),
    ("storage.k8s.io", "StorageClass"): ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("serving.knative.dev", "Service"): (f"metadata.annotations.{_CREATOR}", f"metadata.annotations.{_MODIFIER}"),
    ("eventing.knative.dev", "Broker"): ("spec.config", f"metadata.annotations.{CLASS}"),
    ("eventing.knative.dev", "Trigger"): ("spec.broker", "spec.brokerRef"),
    ("eventing.knative.dev", "KafkaSink"): ("spec.topic", "spec.numPartitions", "spec.replicationFactor"),
    ("messaging.knative.dev", "Channel"): ("spec.channelTemplate",),
    ("messaging.knative.dev", "Subscription"): ("spec.channel",),
    ("sources.knative.dev", "KafkaSource"): ("spec.consumerGroup",),
}  # fmt: skip
"""By API group and kind. A field that only one of both has counts, except one that a server itself fills in."""

_FILLED_IN = {"spec.clusterIP", "spec.storageClassName", "spec.volumeMode", "spec.consumerGroup", "spec.config"}
_FILLED_IN |= {f"metadata.annotations.{name}" for name in (_CREATOR, _MODIFIER, CLASS)}
"""Fields that may be left out: then the old value stays."""


def find_changes(objects: list[Object], before: list[Object]) -> Iterator[tuple[Object, str, str]]:
    """Yield each object of which an immutable field differs, the path of the field, and what to say."""
    known = {_identity(each): each for each in before}
    for each in objects:
        old = known.get(_identity(each))
        for path in FIELDS.get((each.group, each.kind), ()) if old else ():
            if old and _differs(path, _at(each.content, path), _at(old.content, path)):
                yield each, path, f"{path} differs from {old.file}:{old.line(path)}, and a server keeps it as it was"
        if old and _is_sealed(old) and any(each.content.get(name) != old.content.get(name) for name in _SEALED):
            yield each, "data", f"{each} is immutable: its data differ from {old.file}:{old.line('data')}"


_SEALED = ("data", "binaryData", "stringData", "immutable")


def _is_sealed(old: Object) -> bool:
    return old.kind in ("ConfigMap", "Secret") and old.content.get("immutable") is True


def _identity(each: Object) -> tuple[str, str, str, str]:
    return each.group, each.kind, each.namespace, each.name


def _differs(path: str, new: Any, old: Any) -> bool:
    return bool(new != old) and not (path in _FILLED_IN and (new is None or old is None))


def _at(content: dict[str, Any], path: str) -> Any:
    """The value at a path; the name of an annotation, which has dots, is its last part."""
    if path.startswith("metadata.annotations."):
        annotations = as_mapping(as_mapping(content.get("metadata")).get("annotations"))
        return annotations.get(path.removeprefix("metadata.annotations."))
    value: Any = content
    for name in path.split("."):
        value = as_mapping(value).get(name)
    return value
