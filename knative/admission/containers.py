"""One container: the serving one, which has the port and the probes, or a sidecar."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from knative.admission import images, masks, security
from knative.admission.decode import Fields
from knative.admission.field_errors import (
    INT32_MAX,
    FieldErrors,
    disallowed_field,
    generic_error,
    go_quote,
    invalid_value,
    missing_field,
    missing_one_of,
    multiple_one_of,
    out_of_bounds_value,
    with_prefix,
)

RESERVED_NAMES = {"queue-proxy"}
RESERVED_VARIABLES = {"PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"}
RESERVED_PORTS = {8008, 8012, 8013, 8022, 9090, 9091}
"""Profiling, the queue-proxy's HTTP/1 and HTTP/2, its administration, and two for metrics."""
RESERVED_PATHS = {"/", "/dev", "/dev/log"}
PORT_NAMES = {"", "h2c", "http1"}
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_WRITABLE = ("emptyDir", "persistentVolumeClaim", "ephemeral")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What of its pod a container has to fit."""

    volumes: Mapping[str, Fields]
    port_name: str


def user_container(container: Fields, around: Surroundings) -> FieldErrors:
    """The container that serves."""
    errors: FieldErrors = []
    for field in PROBES:
        if field in container:
            probe = container[field]
            more = _readiness(probe) if field == "readinessProbe" else []
            errors += with_prefix(_handlers(probe, around.port_name) + more, field)
    return errors + _any(container, around, RESERVED_VARIABLES)


def sidecar(container: Fields, around: Surroundings) -> FieldErrors:
    """A container beside it: no probes."""
    errors: FieldErrors = []
    for field in PROBES:
        errors += with_prefix(_no_probe(container.get(field, {})), field)
    return errors + _any(container, around, RESERVED_VARIABLES - {"PORT"})


def _any(container: Fields, around: Surroundings, reserved: set[str]) -> FieldErrors:
    if not any(container.values()):
        return missing_field("")
    errors = masks.check("Container", container)
    if container.get("name") in RESERVED_NAMES:
        errors += generic_error(f"{go_quote(container['name'])} is a reserved container name", "name")
    for index, variable in enumerate(container.get("env", [])):
        errors += with_prefix(_variable(variable, reserved), "env", index)
    errors += with_prefix(_variables_from(container.get("envFrom", [])), "envFrom")
    errors += _image(container.get("image", ""))
    if container.get("ports"):
        errors += with_prefix(_port(container["ports"][0]), "ports")
    errors += with_prefix(masks.check("ResourceRequirements", container.get("resources", {})), "resources")
    errors += with_prefix(_security(container), "securityContext")
    policy = container.get("terminationMessagePolicy", "")
    if policy not in ("", "File", "FallbackToLogsOnError"):
        errors += invalid_value(policy, "terminationMessagePolicy")
    return errors + with_prefix(_mounts(container.get("volumeMounts", []), around.volumes), "volumeMounts")


def _variable(variable: Fields, reserved: set[str]) -> FieldErrors:
    errors: FieldErrors = []
    if not variable.get("name"):
        errors += missing_field("name")
    elif variable["name"] in reserved:
        errors += generic_error(f"{go_quote(variable['name'])} is a reserved environment variable", "name")
    return errors + with_prefix(masks.check("EnvVarSource", variable.get("valueFrom", {})), "valueFrom")


def _variables_from(sources: list[Fields]) -> FieldErrors:
    """One of two kinds each; the webhook gives the place only to what it found before."""
    errors: FieldErrors = []
    for index, source in enumerate(sources):
        value = [field for field in ("secretRef", "configMapRef") if field in source]
        for field in value:
            errors = with_prefix(with_prefix(errors, index), field)
        if len(value) != 1:
            errors += (multiple_one_of if value else missing_one_of)("configMapRef", "secretRef")
    return errors


def _image(image: str) -> FieldErrors:
    if not image:
        return missing_field("image")
    if images.readable(image):
        return []
    details = f"image: {go_quote(image)}, error: could not parse reference: {image}"
    return generic_error("Failed to parse image reference", "image", details=details)


def _port(port: Fields) -> FieldErrors:
    errors = masks.check("ContainerPort", port)
    number = port.get("containerPort", 0)
    if number in RESERVED_PORTS:
        reserved = f"{number} is a reserved port"
        errors += invalid_value(reserved, "containerPort", f"{reserved}, please use a different value")
    if not 0 <= number <= 65535:
        errors += out_of_bounds_value(number, 0, 65535, "containerPort")
    if port.get("protocol", "") not in ("", "TCP"):
        errors += invalid_value(port["protocol"], "protocol")
    if port.get("name", "") not in PORT_NAMES:
        details = "Name must be empty, or one of: 'h2c', 'http1'"
        errors += generic_error(f"Port name {port['name']} is not allowed", "", details=details)
    return errors


def _security(container: Fields) -> FieldErrors:
    context = container.get("securityContext")
    errors = security.context("SecurityContext", context)
    return errors + with_prefix(masks.check("Capabilities", (context or {}).get("capabilities", {})), "capabilities")


def _mounts(mounts: list[Fields], volumes: Mapping[str, Fields]) -> FieldErrors:
    errors: FieldErrors = []
    seen: set[str] = set()
    for index, mount in enumerate(mounts):
        path = mount.get("mountPath", "")
        errors += with_prefix(_mount(mount, volumes) + _mount_path(path, seen), index)
        seen.add(_clean(path))
    return errors


def _mount(mount: Fields, volumes: Mapping[str, Fields]) -> FieldErrors:
    errors = masks.check("VolumeMount", mount)
    name = mount.get("name", "")
    if name not in volumes:
        errors += generic_error("volumeMount has no matching volume", "name")
    volume = volumes.get(name, {})
    if not mount.get("readOnly") and not any(kind in volume for kind in _WRITABLE):
        errors += generic_error("volume mount should be readOnly for this type of volume", "readOnly")
    if not mount.get("readOnly") and volume.get("persistentVolumeClaim", {}).get("readOnly"):
        errors += generic_error("volume is readOnly but volume mount is not", "readOnly")
    if "mountPropagation" in mount:
        errors += generic_error(
            f"Volume Mount Propagation support is disabled, but found volume mount {name} with mount propagation"
        )
        if mount["mountPropagation"] not in ("None", "HostToContainer"):
            errors += generic_error("mount propagation should be set to None or HostToContainer", "mountPropagation")
    return errors


def _mount_path(path: str, seen: set[str]) -> FieldErrors:
    if not path:
        return missing_field("mountPath")
    if _clean(path) in RESERVED_PATHS:
        return generic_error(f"mountPath {go_quote(_clean(path))} is a reserved path", "mountPath")
    if not path.startswith("/"):
        return invalid_value(path, "mountPath")
    return invalid_value(f"{go_quote(path)} must be unique", "mountPath") if _clean(path) in seen else []


def _clean(path: str) -> str:
    return "/" + posixpath.normpath(path).lstrip("/") if path.startswith("/") else posixpath.normpath(path)


def _no_probe(probe: Fields) -> FieldErrors:
    handlers = {"exec", "httpGet", "tcpSocket", "grpc"}
    wrong = {
        "" if field in handlers else field for field, value in probe.items() if masks.is_set("Probe", field, value)
    }
    return disallowed_field(*sorted(wrong)) if wrong else []


def _handlers(probe: Fields, port_name: str) -> FieldErrors:
    """Exactly one handler; the webhook prefixes what it found before a handler with that handler."""
    errors: FieldErrors = []
    value = []
    for field, word in (("httpGet", "httpGet"), ("tcpSocket", "tcpSocket"), ("exec", "exec"), ("grpc", "gRPC")):
        if field not in probe:
            continue
        value.append(word)
        errors = with_prefix(errors, field)
        port = probe[field].get("port", 0)
        if field in ("httpGet", "tcpSocket") and isinstance(port, str) and port not in ("", port_name):
            errors += invalid_value(port, f"{field}.port", "Probe port must match container port")
    if len(value) > 1:
        return errors + multiple_one_of(*value)
    return errors if value else errors + missing_one_of("httpGet", "tcpSocket", "exec", "grpc")


def _readiness(probe: Fields) -> FieldErrors:
    """Knative probes fast and by itself unless a period is given."""
    errors: FieldErrors = []
    for field, least in (("periodSeconds", 0), ("initialDelaySeconds", 0), ("successThreshold", 1)):
        if probe.get(field, 0) < least:
            errors += out_of_bounds_value(probe.get(field, 0), least, INT32_MAX, field)
    for field in ("failureThreshold", "timeoutSeconds"):
        if not probe.get("periodSeconds") and probe.get(field):
            errors += generic_error(f"{field} is disallowed when periodSeconds is zero", field)
        elif probe.get("periodSeconds") and probe.get(field, 0) < 1:
            errors += out_of_bounds_value(probe.get(field, 0), 1, INT32_MAX, field)
    return errors
