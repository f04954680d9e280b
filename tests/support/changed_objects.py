"""Pairs of objects, the later of which a server refuses or takes in place of the earlier one."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]

POD: Object = {
    "metadata": {"labels": {"app": "a"}},
    "spec": {"containers": [{"name": "c", "image": "example.org/c:1"}]},
}
OTHER_IMAGE = [{"name": "c", "image": "b:2"}]
ROLE: Object = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
BEFORE: dict[str, Object] = {
    "Job": {
        "apiVersion": "batch/v1",
        "spec": {"template": {"spec": {**POD["spec"], "restartPolicy": "Never"}}, "parallelism": 1},
    },
    "Deployment": {
        "apiVersion": "apps/v1",
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "a"}}, "template": POD},
    },
    "StatefulSet": {
        "apiVersion": "apps/v1",
        "spec": {"replicas": 1, "serviceName": "a", "selector": {"matchLabels": {"app": "a"}}, "template": POD},
    },
    "Service": {"apiVersion": "v1", "spec": {"clusterIP": "10.96.0.77", "ports": [{"port": 80}]}},
    "Secret": {"apiVersion": "v1", "type": "Opaque", "stringData": {"a": "1"}},
    "ConfigMap": {"apiVersion": "v1", "immutable": True, "data": {"a": "1"}},
    "PersistentVolumeClaim": {
        "apiVersion": "v1",
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "fast",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    },
    "RoleBinding": {"apiVersion": "rbac.authorization.k8s.io/v1", "roleRef": ROLE},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A kind, the path of the value that changes, and whether a server refuses that."""

    kind: str
    path: str
    value: Any
    is_refused: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.path}"

    def before(self) -> Object:
        return {
            "kind": self.kind,
            "metadata": {"name": "a", "namespace": "default"},
            **copy.deepcopy(BEFORE[self.kind]),
        }

    def after(self) -> Object:
        made = self.before()
        *way, last = self.path.split(".")
        at = made
        for name in way:
            at = at.setdefault(name, {})
        at[last] = self.value
        return made


CHANGES = [
    Change(kind="Job", path="spec.template.spec.containers", value=OTHER_IMAGE, is_refused=True),
    Change(kind="Job", path="spec.completionMode", value="Indexed", is_refused=True),
    Change(kind="Job", path="spec.parallelism", value=2, is_refused=False),
    Change(kind="Job", path="metadata.labels", value={"x": "y"}, is_refused=False),
    Change(kind="Deployment", path="spec.replicas", value=3, is_refused=False),
    Change(kind="Deployment", path="spec.template.spec.containers", value=OTHER_IMAGE, is_refused=False),
    Change(
        kind="Deployment", path="spec", is_refused=True,
        value={"selector": {"matchLabels": {"app": "b"}}, "template": {**POD, "metadata": {"labels": {"app": "b"}}}},
    ),
    Change(kind="StatefulSet", path="spec.serviceName", value="b", is_refused=True),
    Change(kind="StatefulSet", path="spec.podManagementPolicy", value="Parallel", is_refused=True),
    Change(kind="StatefulSet", path="spec.replicas", value=2, is_refused=False),
    Change(kind="Service", path="spec.clusterIP", value="10.96.0.78", is_refused=True),
    Change(kind="Service", path="spec.ports", value=[{"port": 81}], is_refused=False),
    Change(kind="Secret", path="type", value="kubernetes.io/basic-auth", is_refused=True),
    Change(kind="Secret", path="stringData.a", value="2", is_refused=False),
    Change(kind="ConfigMap", path="data.a", value="2", is_refused=True),
    Change(kind="PersistentVolumeClaim", path="spec.storageClassName", value="slow", is_refused=True),
    Change(kind="RoleBinding", path="roleRef.name", value="writer", is_refused=True),
    Change(
        kind="RoleBinding", path="subjects", value=[{"kind": "User", "name": "u", "apiGroup": ROLE["apiGroup"]}],
        is_refused=False,
    ),
]  # fmt: skip
