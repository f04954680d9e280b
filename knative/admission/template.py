"""A Revision and its template: names, annotations, limits, and the defaults that a cluster fills in."""

from __future__ import annotations

from knative.admission import autoscaling, gotime, names, pod, quantities
from knative.admission.decode import Fields
from knative.admission.field_errors import (
    FieldError,
    FieldErrors,
    disallowed_field,
    generic_error,
    go_list,
    go_quote,
    invalid_key,
    invalid_value,
    out_of_bounds_value,
    with_key,
    with_prefix,
)

GROUP = "serving.knative.dev"
TIMEOUT_S, LONGEST_TIMEOUT_S, LARGEST_CONCURRENCY = 300, 600, 1000
"""What the ConfigMap ``config-defaults`` of a release says."""
CONTAINER_NAME = "user-container"
NETWORKING = "networking.knative.dev"
NETWORKING_ANNOTATIONS = {
    f"{NETWORKING}/{name}"
    for name in (
        "certificate-class",
        "certificate.class",
        "disable-auto-tls",
        "disable-external-domain-tls",
        "disableAutoTLS",
        "http-protocol",
        "httpOption",
        "ingress-class",
        "ingress.class",
    )
}
_SIDECAR = f"queue.sidecar.{GROUP}"


def default(template: Fields) -> None:
    """Fill in a template."""
    default_spec(template.setdefault("spec", {}))


def default_spec(spec: Fields) -> None:
    """Fill in a Revision's spec."""
    if not spec.get("timeoutSeconds"):
        spec["timeoutSeconds"] = TIMEOUT_S
    if "responseStartTimeoutSeconds" not in spec and spec["timeoutSeconds"] > TIMEOUT_S:
        spec["responseStartTimeoutSeconds"] = TIMEOUT_S
    spec.setdefault("containerConcurrency", 0)
    containers = spec.get("containers", [])
    _default_names(containers, spec.get("initContainers", []), CONTAINER_NAME)
    _default_names(spec.get("initContainers", []), containers, "init-container")
    writable = {
        volume.get("name", "")
        for volume in spec.get("volumes", [])
        if any(kind in volume for kind in ("emptyDir", "persistentVolumeClaim", "ephemeral"))
    }
    for container in containers:
        spec.setdefault("enableServiceLinks", False)
        _default_probes(container, serving=len(containers) == 1 or bool(container.get("ports")))
        for mount in container.get("volumeMounts", []):
            if mount.get("name", "") not in writable:
                mount["readOnly"] = True


def _default_names(containers: list[Fields], others: list[Fields], name: str) -> None:
    """A container without a name gets one; of several, each gets a number besides."""
    names_in_use = {each.get("name", "") for each in (*containers, *others)}
    numbers = iter(range(len(names_in_use) + len(containers)))
    for container in containers:
        if container.get("name"):
            continue
        container["name"] = name
        if len(containers) > 1 or name in names_in_use:
            container["name"] = next(
                numbered for number in numbers if (numbered := f"{name}-{number}") not in names_in_use
            )


def _default_probes(container: Fields, *, serving: bool) -> None:
    if serving:
        readiness = container.setdefault("readinessProbe", {})
        if not any(handler in readiness for handler in ("tcpSocket", "httpGet", "exec", "grpc")):
            readiness["tcpSocket"] = {}
    if (readiness := container.get("readinessProbe")) is not None:
        readiness["successThreshold"] = readiness.get("successThreshold") or 1
        if readiness.get("periodSeconds"):
            readiness["failureThreshold"] = readiness.get("failureThreshold") or 3
            readiness["timeoutSeconds"] = readiness.get("timeoutSeconds") or 1
    for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
        if "grpc" in container.get(probe, {}):
            container[probe]["grpc"].setdefault("service", "")


def validate(template: Fields, owner: Fields) -> FieldErrors:
    """Find what is wrong with the template of an object with the metadata `owner`."""
    metadata = template.get("metadata", {})
    annotations = metadata.get("annotations", {})
    errors = autoscaling.validate(annotations) + _sidecar(annotations)
    errors += [
        error
        for key in annotations
        if key.startswith(NETWORKING) and key not in NETWORKING_ANNOTATIONS
        for error in invalid_key(key)
    ]
    errors += whole_seconds(annotations, f"{GROUP}/progress-deadline", "progress-deadline")
    errors = with_prefix(errors, "metadata", "annotations") + with_prefix(_template_name(metadata, owner), "metadata")
    return errors + with_prefix(validate_spec(template["spec"]), "spec")


def _template_name(metadata: Fields, owner: Fields) -> FieldErrors:
    """A Revision's own name has to start with that of its owner."""
    name, prefix = metadata.get("name", ""), metadata.get("generateName", "")
    if prefix and (wrong := names.dns_1035_label_prefix(prefix)):
        return invalid_value(f"not a DNS 1035 label prefix: {go_list(wrong)}", "generateName")
    if not name:
        return []
    if wrong := names.dns_1035_label(name):
        return invalid_value(f"not a DNS 1035 label: {go_list(wrong)}", "name")
    if not owner.get("name") and owner.get("generateName"):
        return disallowed_field("name")
    expected = f"{owner.get('name', '')}-"
    return (
        []
        if name.startswith(expected)
        else invalid_value(f"{go_quote(name)} must have prefix {go_quote(expected)}", "name")
    )


def _sidecar(annotations: Fields) -> FieldErrors:
    """Return what the queue-proxy may use."""
    errors: FieldErrors = []
    for key in (f"{_SIDECAR}/resource-percentage", f"{_SIDECAR}/resourcePercentage"):
        if key in annotations:
            errors += with_key(_percentage(annotations[key]), key)
            break
    for resource in ("cpu", "memory", "ephemeral-storage"):
        for bound in ("request", "limit"):
            key = f"{_SIDECAR}/{resource}-resource-{bound}"
            try:
                quantities.parse(annotations.get(key, "0"))
            except ValueError:
                errors += with_key(invalid_value(annotations[key]), key)
    return errors


def _percentage(text: str) -> FieldErrors:
    deprecated = (
        "Queue proxy resource percentage annotation is deprecated. "
        "Please use the available annotations to explicitly set resource values per service"
    )
    errors = [FieldError(deprecated, warning=True)]
    number = autoscaling.decimal(text)
    if number is None:
        return errors + invalid_value(text)
    return errors if 0.1 <= number <= 100 else errors + out_of_bounds_value(f"{number:g}", "0.1", "100")


def validate_spec(spec: Fields) -> FieldErrors:
    """Find what is wrong with a Revision's spec."""
    errors = pod.validate(spec)
    if not 0 <= spec["timeoutSeconds"] <= LONGEST_TIMEOUT_S:
        errors += out_of_bounds_value(spec["timeoutSeconds"], 0, LONGEST_TIMEOUT_S, "timeoutSeconds")
    if not 0 <= spec["containerConcurrency"] <= LARGEST_CONCURRENCY:
        errors += out_of_bounds_value(spec["containerConcurrency"], 0, LARGEST_CONCURRENCY, "containerConcurrency")
    return errors


def whole_seconds(annotations: Fields, key: str, word: str) -> FieldErrors:
    """Find what is wrong with an annotation that is a duration."""
    value = annotations.get(key, "")
    if not value:
        return []
    duration = gotime.parse_duration(value)
    if duration is None:
        return invalid_value(value, key)
    if duration % gotime.SECOND:
        return generic_error(f"{word}={value} is not at second precision", key)
    return generic_error(f"{word}={value} must be positive", key) if duration < 0 else []
