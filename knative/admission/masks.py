"""Which fields of core/v1 a Revision may carry, all feature flags being at their defaults.

A field that a type has but that is not listed here is refused. A type that is not listed allows all its fields.
"""

from __future__ import annotations

from typing import Any

from knative.admission.field_errors import FieldErrors, disallowed_field
from knative.admission.schema import CUSTOM, types

ALLOWED = {
    "PodSpec": "serviceAccountName containers volumes imagePullSecrets enableServiceLinks automountServiceAccountToken",
    "PodSecurityContext": "",
    "Container": "name args command env workingDir envFrom image imagePullPolicy livenessProbe ports readinessProbe "
    "resources securityContext startupProbe terminationMessagePath terminationMessagePolicy volumeMounts",
    "VolumeMount": "name readOnly mountPath subPath",
    "ContainerPort": "containerPort name protocol",
    "EnvVarSource": "configMapKeyRef secretKeyRef",
    "ResourceRequirements": "limits requests",
    "SecurityContext": "capabilities readOnlyRootFilesystem runAsUser runAsGroup runAsNonRoot allowPrivilegeEscalation "
    "seccompProfile privileged",
    "Capabilities": "drop",
    "Volume": "name secret configMap projected emptyDir",
    "VolumeProjection": "secret configMap serviceAccountToken downwardAPI",
}
ONLY_FALSE = {"PodSpec": "automountServiceAccountToken", "SecurityContext": "privileged"}
"""Flags that may be given, but only to turn something off."""


def check(type_: str, value: dict[str, Any]) -> FieldErrors:
    """Name the fields that may not be set."""
    allowed = ALLOWED[type_].split()
    only_false = ONLY_FALSE.get(type_)
    fields = types().structs[type_]
    wrong = [name for name in fields if name in value and name not in allowed and is_set(type_, name, value[name])]
    wrong += [only_false] if only_false and value.get(only_false) else []
    return disallowed_field(*sorted(wrong)) if wrong else []


def is_set(type_: str, field: str, value: Any) -> bool:
    """Return True if a field differs from its zero value: a given list, mapping or pointer does, even an empty one."""
    declared = types().structs[type_][field].type
    plain = types().unnamed(declared)
    return declared[0] == "*" or plain[0] in "[{" or declared in CUSTOM or bool(value)
