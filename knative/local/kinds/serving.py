"""Reads a Service: its first container's environment, and how much of it may run at once."""

from __future__ import annotations

from knative.local.fields import Fields
from knative.local.kinds import common
from knative.local.manifests import Service, Variable

RESERVED = ("PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION")
"""Given by Knative; a manifest that sets them is refused."""

_ONE_PROCESS = "functions share one process here, whose user, file system and limits are yours"
_NO_PODS = "nothing scales here: one instance of each function"


def service(fields: Fields) -> Service:
    """A Service with one container."""
    name, _ = common.metadata(fields)
    spec = fields.inner("spec", required=True)
    template = spec.inner("template", required=True)
    metadata = template.inner("metadata")
    metadata.ignore(_NO_PODS, "annotations")
    metadata.ignore("for people and selectors", "labels")
    metadata.close()
    pod = template.inner("spec", required=True)
    pod.ignore(_ONE_PROCESS, "enableServiceLinks", "automountServiceAccountToken", "serviceAccountName")
    pod.ignore("no image is pulled", "imagePullSecrets")
    pod.ignore("a thread cannot be interrupted; delivery has timeouts of its own", "timeoutSeconds")
    containers = pod.inners("containers", required=True)
    if len(containers) != 1:
        pod.refuse("containers", "exactly one is served here")
    found = Service(
        name=name,
        variables=_container(containers[0]) if containers else (),
        container_concurrency=pod.number("containerConcurrency", 0),
    )
    for closing in (pod, template, spec):
        closing.close()
    return found


def _container(fields: Fields) -> tuple[Variable, ...]:
    fields.ignore("the working tree is what runs, not an image", "image", "imagePullPolicy")
    fields.ignore("for people", "name")
    fields.ignore("/health/ready and /health/live are asked for all functions together", "readinessProbe")
    fields.ignore("the supervisor watches the process", "livenessProbe", "startupProbe")
    fields.ignore(_ONE_PROCESS, "resources", "securityContext")
    fields.ignore("all functions listen on one port here", "ports")
    variables = tuple(_variable(each) for each in fields.inners("env"))
    fields.close()
    return variables


def _variable(fields: Fields) -> Variable:
    name = fields.text("name")
    if name in RESERVED:
        fields.refuse("name", f"{name} is reserved for Knative")
    if "valueFrom" not in fields:
        found = Variable(name=name, value=fields.text("value", ""))
        fields.close()
        return found
    source = fields.inner("valueFrom")
    kind = "Secret" if "secretKeyRef" in source else "ConfigMap"
    key = source.inner("secretKeyRef" if kind == "Secret" else "configMapKeyRef", required=True)
    found = Variable(
        name=name,
        holder=f"{kind} {key.text('name')}",
        key=key.text("key"),
        optional=key.flag("optional"),
    )
    for closing in (key, source, fields):
        closing.close()
    return found
