"""Reads a Service: its environment, limits and readiness, and tells what has no effect on one laptop."""

from __future__ import annotations

import re

from knative.manifests import variable_references
from knative.manifests.fields import Fields
from knative.manifests.kinds import common
from knative.manifests.kinds.autoscaling import WITHOUT_EFFECT
from knative.manifests.model import Emission, ExportPart, Service, Variable

DEFAULT_TIMEOUT_S = 300
_EMISSION = re.compile(r"(?P<type>\S+)(?: to (?P<topic>\S+))?")
_EXPORT = re.compile(r"(?P<name>[a-z][a-z0-9_]*)=(?P<path>/[^\s,]*)")

_ONE_PROCESS = "functions share one process here, whose user, file system and limits are yours"
_NO_CONTAINER = "there is no container here"
_OWN_FILES = "an empty /tmp for scratch files is this machine's own temporary folder here"
_ONE_REVISION = "the working tree is the one Revision here and gets every request"
_NO_SIDECAR = "there is no queue-proxy container here: the process does its work"
SERVICE_ANNOTATIONS = {
    "networking.knative.dev": "the public port is the gateway here",
    "serving.knative.dev": _ONE_REVISION,
}
"""Domains of annotations on the Service."""
REVISION_ANNOTATIONS = {"queue.sidecar.serving.knative.dev": _NO_SIDECAR, "features.knative.dev": _NO_CONTAINER}
"""Domains of annotations on its template."""


def service(fields: Fields) -> Service:
    """A Service with one container."""
    labels = fields.peek("metadata", "labels")
    name, annotations = common.metadata(
        fields, annotations={common.OUR_EMITS: "", common.OUR_EXPORTS: ""}, harmless=SERVICE_ANNOTATIONS
    )
    spec = fields.section("spec", required=True)
    _traffic(spec)
    template = spec.section("template", required=True)
    revision = _revision(template.section("metadata"))
    pod = template.section("spec", required=True)
    pod.ignore(_ONE_PROCESS, "enableServiceLinks", "automountServiceAccountToken", "serviceAccountName")
    pod.ignore("no image is pulled", "imagePullSecrets")
    if all("emptyDir" in volume for volume in pod.peek_items("volumes")):
        pod.ignore(_OWN_FILES, "volumes")
    else:
        pod.refuse("volumes", "nothing can be mounted for one function alone: give it what it needs under env")
    containers = pod.sections("containers", required=True)
    if len(containers) != 1:
        pod.refuse("containers", "exactly one is served here")
    variables, ready_path = _container(containers[0]) if containers else ((), "")
    parsed = Service(
        name=name,
        labels={key: value for key, value in labels.items() if isinstance(value, str)},
        variables=variables,
        revision=revision or f"{name.name}-00001",
        container_concurrency=pod.number("containerConcurrency", 0),
        timeout_s=pod.number("timeoutSeconds", 0) or DEFAULT_TIMEOUT_S,
        response_start_timeout_s=pod.number("responseStartTimeoutSeconds", 0),
        idle_timeout_s=pod.number("idleTimeoutSeconds", 0),
        emits=_emits(fields, annotations[common.OUR_EMITS]),
        exports=_exports(fields, annotations[common.OUR_EXPORTS]),
        ready_path=ready_path,
    )
    for closing in (pod, template, spec):
        closing.close()
    return parsed


def _emits(fields: Fields, text: str) -> tuple[Emission, ...]:
    matches = [_EMISSION.fullmatch(part.strip()) for part in text.split(",")] if text else []
    if not all(matches):
        fields.refuse("metadata.annotations", f"{common.OUR_EMITS}: expected TYPE, or TYPE to TOPIC, by commas")
    return tuple(Emission(type=match["type"], topic=match["topic"] or "") for match in matches if match)


def _exports(fields: Fields, text: str) -> tuple[ExportPart, ...]:
    matches = [_EXPORT.fullmatch(part.strip()) for part in text.split(",")] if text else []
    if not all(matches):
        fields.refuse("metadata.annotations", f"{common.OUR_EXPORTS}: expected NAME=/PATH, by commas")
    return tuple(ExportPart(name=match["name"], path=match["path"]) for match in matches if match)


def _traffic(spec: Fields) -> None:
    for target in spec.sections("traffic"):
        target.ignore(_ONE_REVISION, "latestRevision", "percent", "revisionName", "configurationName")
        target.ignore("there is one address of each function here", "tag", "url")
        target.close()


def _revision(metadata: Fields) -> str:
    """The name the template gives its Revision, empty when Knative makes one up."""
    metadata.ignore("for people and selectors", "labels")
    annotations = metadata.section("annotations")
    for annotation in annotations.names():
        if reason := WITHOUT_EFFECT.get(annotation) or common.reason_to_ignore(annotation, REVISION_ANNOTATIONS):
            annotations.ignore(reason, annotation)
    annotations.close()
    name = metadata.text("name", "")
    metadata.ignore("a template has no place of its own", "namespace", "generateName")
    metadata.close()
    return name


def _container(fields: Fields) -> tuple[tuple[Variable, ...], str]:
    """Its variables, and the path that readiness asks for."""
    fields.ignore("the working tree is what runs, not an image", "image", "imagePullPolicy")
    fields.ignore("for people", "name")
    fields.ignore("the supervisor watches the process", "livenessProbe", "startupProbe")
    fields.ignore(_ONE_PROCESS, "resources", "securityContext")
    fields.ignore(_NO_CONTAINER, "terminationMessagePath", "terminationMessagePolicy", "workingDir")
    for name in ("command", "args"):
        if name in fields:
            fields.refuse(name, "what runs is the target of functions-framework that FUNCTION_TARGET names")
    if "envFrom" in fields:
        fields.refuse("envFrom", "name each variable under env: a function sees no others")
    if all(mount.get("mountPath") == "/tmp" for mount in fields.peek_items("volumeMounts")):  # nosec B108
        fields.ignore(_OWN_FILES, "volumeMounts")
    else:
        fields.refuse("volumeMounts", "nothing can be mounted for one function alone")
    _ports(fields)
    variables = tuple(_variable(each) for each in fields.sections("env"))
    for name, other in variable_references.find_unresolved((each.name, each.value) for each in variables):
        fields.note(f"env {name}", f"$({other}) stays as it is: no variable before it is called {other}")
    ready_path = _ready_path(fields.section("readinessProbe"))
    fields.close()
    return variables, ready_path


def _ports(fields: Fields) -> None:
    for port in fields.sections("ports"):
        if port.text("name", "") == "h2c":
            port.refuse("name", "HTTP/1.1 is spoken here")
        port.ignore("all functions listen on one port here", "containerPort", "protocol")
        port.close()


def _ready_path(fields: Fields) -> str:
    """Return the path of an `httpGet`. Without a probe, or with a `tcpSocket`, a function that is loaded is ready."""
    path = ""
    if "httpGet" in fields:
        probe = fields.section("httpGet")
        path = f"/{probe.text('path', '').lstrip('/')}"
        probe.ignore("asked within this process", "port", "scheme", "host", "httpHeaders")
        probe.close()
    for name in ("exec", "grpc"):
        if name in fields:
            fields.refuse(name, f"{_NO_CONTAINER} to ask that way")
    fields.ignore("a function that is loaded listens", "tcpSocket")
    fields.ignore("asked when somebody asks for readiness, not in periods", *fields.names())
    fields.close()
    return path


def _variable(fields: Fields) -> Variable:
    name = fields.text("name")
    if "valueFrom" not in fields:
        parsed = Variable(name=name, value=fields.text("value", ""))
        fields.close()
        return parsed
    source = fields.section("valueFrom")
    kind = "Secret" if "secretKeyRef" in source else "ConfigMap"
    key = source.section("secretKeyRef" if kind == "Secret" else "configMapKeyRef", required=True)
    parsed = Variable(
        name=name,
        source=f"{kind} {key.text('name')}",
        key=key.text("key"),
        optional=key.flag("optional"),
    )
    for closing in (key, source, fields):
        closing.close()
    return parsed
