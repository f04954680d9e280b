"""Service, Configuration, Revision, Route and DomainMapping."""

from __future__ import annotations

from knative.admission import autoscaling, destinations, gotime, names, pod, quantities
from knative.admission.complaints import (
    Complaint,
    Complaints,
    both,
    disallowed,
    generic,
    invalid,
    invalid_key,
    listed,
    missing,
    neither,
    out_of_bounds,
    quoted,
    via,
    via_key,
)
from knative.admission.decode import Fields

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
CLUSTER_DOMAIN = "cluster.local"
_SIDECAR = f"queue.sidecar.{GROUP}"


def default_service(service: Fields) -> None:
    """The template's defaults, and all traffic to the latest Revision."""
    spec = service.setdefault("spec", {})
    service.setdefault("metadata", {})
    _default_template(spec.setdefault("template", {}))
    if not spec.get("traffic"):
        spec["traffic"] = [{"percent": 100, "latestRevision": True}]
    _default_traffic(spec["traffic"])


def validate_service(service: Fields) -> Complaints:
    """Metadata, template and traffic."""
    metadata, spec = service["metadata"], service["spec"]
    found = _metadata(metadata) + _rollout(metadata)
    found = via(found, "metadata") + via(_template(spec["template"], metadata), "spec", "template")
    return found + via(_traffic(spec["traffic"], of_service=True), "spec", "traffic")


def default_configuration(configuration: Fields) -> None:
    """The template's defaults."""
    configuration.setdefault("metadata", {})
    _default_template(configuration.setdefault("spec", {}).setdefault("template", {}))


def validate_configuration(configuration: Fields) -> Complaints:
    """Metadata and template."""
    metadata = configuration["metadata"]
    found = _metadata(metadata) + via(_owned(metadata, f"{GROUP}/service", "Service"), "labels")
    return via(found, "metadata") + via(_template(configuration["spec"]["template"], metadata), "spec", "template")


def default_revision(revision: Fields) -> None:
    """The spec's defaults."""
    revision.setdefault("metadata", {})
    _default_revision_spec(revision.setdefault("spec", {}))


def validate_revision(revision: Fields) -> Complaints:
    """Metadata, with the autoscaling annotations, and spec."""
    metadata = revision["metadata"]
    found = _name(metadata) + via(autoscaling.validate(metadata.get("annotations", {})), "annotations")
    found += via(_owned(metadata, f"{GROUP}/configuration", "Configuration"), "labels")
    return via(found, "metadata") + via(_revision_spec(revision["spec"]), "spec")


def default_route(route: Fields) -> None:
    """Each target says whether it follows the latest Revision, and its share."""
    route.setdefault("metadata", {})
    _default_traffic(route.setdefault("spec", {}).get("traffic", []))


def validate_route(route: Fields) -> Complaints:
    """Metadata and traffic."""
    metadata = route["metadata"]
    found = _metadata(metadata) + _rollout(metadata) + via(_owned(metadata, f"{GROUP}/service", "Service"), "labels")
    traffic = _traffic(route["spec"].get("traffic", []), of_service=False)
    return via(found, "metadata") + via(traffic, "spec", "traffic")


def default_domain_mapping(mapping: Fields) -> None:
    """The reference's namespace."""
    namespace = mapping.setdefault("metadata", {}).get("namespace", "")
    destinations.default_reference(mapping.setdefault("spec", {}).setdefault("ref", {}), namespace)


def validate_domain_mapping(mapping: Fields) -> Complaints:
    """A domain of two labels or more as its name, and a target in its namespace."""
    metadata = mapping["metadata"]
    name = metadata.get("name", "")
    found = disallowed("generateName") if metadata.get("generateName") else []
    if wrong := _domain(name):
        found += generic(f"invalid name {quoted(name)}: {wrong}", "name")
    if name.endswith(f".{CLUSTER_DOMAIN}"):
        rule = f"must not be a subdomain of cluster local domain {quoted(CLUSTER_DOMAIN)}"
        found += generic(f"invalid name {quoted(name)}: {rule}", "name")
    ref = destinations.reference(mapping["spec"]["ref"], metadata.get("namespace", ""))
    return via(found, "metadata") + via(ref, "spec", "ref")


def _domain(name: str) -> str:
    """What is wrong with a domain name, as Kubernetes words it; empty when nothing is."""
    if not name:
        return "name: Required value"
    plain = name.removesuffix(".")
    if wrong := names.dns_1123_subdomain(plain):
        return f"name: Invalid value: {quoted(plain)}: {','.join(wrong)}"
    if "." not in plain:
        return f"name: Invalid value: {quoted(plain)}: should be a domain with at least two segments separated by dots"
    for label in plain.split("."):
        if wrong := names.dns_1123_label(label):
            return f"name: Invalid value: {quoted(label)}: {','.join(wrong)}"
    return ""


def _metadata(metadata: Fields) -> Complaints:
    return _name(metadata) + via(autoscaling.misplaced(metadata.get("annotations", {})), "annotations")


def _name(metadata: Fields) -> Complaints:
    name, prefix = metadata.get("name", ""), metadata.get("generateName", "")
    if prefix and (wrong := names.dns_1035_label_prefix(prefix)):
        return generic(f"not a DNS 1035 label prefix: {listed(wrong)}", "generateName")
    if name and (wrong := names.dns_1035_label(name)):
        return generic(f"not a DNS 1035 label: {listed(wrong)}", "name")
    return [] if name or prefix else generic("name or generateName is required", "name")


def _owned(metadata: Fields, label: str, kind: str) -> Complaints:
    """A label that names an owner has to be true."""
    value = metadata.get("labels", {}).get(label)
    owners = [(each.get("kind"), each.get("name", "")) for each in metadata.get("ownerReferences", [])]
    return missing(label) if value is not None and (kind, value) not in owners else []


def _rollout(metadata: Fields) -> Complaints:
    annotations = metadata.get("annotations", {})
    keys = [f"{GROUP}/{name}" for name in ("rollout-duration", "rolloutDuration") if f"{GROUP}/{name}" in annotations]
    return via(_whole_seconds(annotations, keys[0], "rollout-duration"), "annotations") if keys else []


def _whole_seconds(annotations: Fields, key: str, word: str) -> Complaints:
    value = annotations.get(key, "")
    if not value:
        return []
    duration = gotime.parse_duration(value)
    if duration is None:
        return invalid(value, key)
    if duration % gotime.SECOND:
        return generic(f"{word}={value} is not at second precision", key)
    return generic(f"{word}={value} must be positive", key) if duration < 0 else []


def _default_template(template: Fields) -> None:
    _default_revision_spec(template.setdefault("spec", {}))


def _default_revision_spec(spec: Fields) -> None:
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
    taken = {each.get("name", "") for each in (*containers, *others)}
    numbers = iter(range(len(taken) + len(containers)))
    for container in containers:
        if container.get("name"):
            continue
        container["name"] = name
        if len(containers) > 1 or name in taken:
            container["name"] = next(made for number in numbers if (made := f"{name}-{number}") not in taken)


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


def _default_traffic(traffic: list[Fields]) -> None:
    for target in traffic:
        target.setdefault("latestRevision", not target.get("revisionName"))
        target.setdefault("percent", 0)


def _template(template: Fields, owner: Fields) -> Complaints:
    metadata = template.get("metadata", {})
    annotations = metadata.get("annotations", {})
    found = autoscaling.validate(annotations) + _sidecar(annotations)
    found += [
        complaint
        for key in annotations
        if key.startswith(NETWORKING) and key not in NETWORKING_ANNOTATIONS
        for complaint in invalid_key(key)
    ]
    found += _whole_seconds(annotations, f"{GROUP}/progress-deadline", "progress-deadline")
    found = via(found, "metadata", "annotations") + via(_template_name(metadata, owner), "metadata")
    return found + via(_revision_spec(template["spec"]), "spec")


def _template_name(metadata: Fields, owner: Fields) -> Complaints:
    """A Revision's own name has to start with that of its owner."""
    name, prefix = metadata.get("name", ""), metadata.get("generateName", "")
    if prefix and (wrong := names.dns_1035_label_prefix(prefix)):
        return invalid(f"not a DNS 1035 label prefix: {listed(wrong)}", "generateName")
    if not name:
        return []
    if wrong := names.dns_1035_label(name):
        return invalid(f"not a DNS 1035 label: {listed(wrong)}", "name")
    if not owner.get("name") and owner.get("generateName"):
        return disallowed("name")
    wanted = f"{owner.get('name', '')}-"
    return [] if name.startswith(wanted) else invalid(f"{quoted(name)} must have prefix {quoted(wanted)}", "name")


def _sidecar(annotations: Fields) -> Complaints:
    """What the queue-proxy may use."""
    found: Complaints = []
    for key in (f"{_SIDECAR}/resource-percentage", f"{_SIDECAR}/resourcePercentage"):
        if key in annotations:
            found += via_key(_percentage(annotations[key]), key)
            break
    for resource in ("cpu", "memory", "ephemeral-storage"):
        for bound in ("request", "limit"):
            key = f"{_SIDECAR}/{resource}-resource-{bound}"
            try:
                quantities.parse(annotations.get(key, "0"))
            except ValueError:
                found += via_key(invalid(annotations[key]), key)
    return found


def _percentage(text: str) -> Complaints:
    deprecated = (
        "Queue proxy resource percentage annotation is deprecated. "
        "Please use the available annotations to explicitly set resource values per service"
    )
    found = [Complaint(deprecated, warning=True)]
    number = autoscaling.decimal(text)
    if number is None:
        return found + invalid(text)
    return found if 0.1 <= number <= 100 else found + out_of_bounds(f"{number:g}", "0.1", "100")


def _revision_spec(spec: Fields) -> Complaints:
    found = pod.validate(spec)
    if not 0 <= spec["timeoutSeconds"] <= LONGEST_TIMEOUT_S:
        found += out_of_bounds(spec["timeoutSeconds"], 0, LONGEST_TIMEOUT_S, "timeoutSeconds")
    if not 0 <= spec["containerConcurrency"] <= LARGEST_CONCURRENCY:
        found += out_of_bounds(spec["containerConcurrency"], 0, LARGEST_CONCURRENCY, "containerConcurrency")
    return found


def _traffic(traffic: list[Fields], *, of_service: bool) -> Complaints:
    found: Complaints = []
    tags: dict[str, int] = {}
    for index, target in enumerate(traffic):
        found += via(_target(target, of_service=of_service), index)
        tag = target.get("tag", "")
        if tag and (wrong := names.dns_1035_label(tag)):
            found += via(invalid(f"not a DNS 1035 label: {listed(wrong)}"), "tag", index)
        if tag and tag in tags:
            found += generic(f"Multiple definitions for {quoted(tag)}", f"[{index}].tag", f"[{tags[tag]}].tag")
        tags.setdefault(tag, index)
    total = sum(target["percent"] for target in traffic)
    return found if total == 100 else found + generic(f"Traffic targets sum to {total}, want 100", "")


def _target(target: Fields, *, of_service: bool) -> Complaints:
    revision, configuration = target.get("revisionName", ""), target.get("configurationName", "")
    found: Complaints = []
    if bool(revision) == target["latestRevision"]:
        latest = str(target["latestRevision"]).lower()
        message = f"may not set revisionName {quoted(revision)} when latestRevision is {latest}"
        found += generic(message, "latestRevision")
    if of_service and configuration:
        found += disallowed("configurationName")
    elif revision and configuration:
        found += both("revisionName", "configurationName")
    elif revision or configuration:
        field = "revisionName" if revision else "configurationName"
        wrong = names.qualified_name(revision or configuration)
        found += invalid_key(revision or configuration, field, ", ".join(wrong)) if wrong else []
    elif not of_service:
        found += neither("revisionName", "configurationName")
    if not 0 <= target["percent"] <= 100:
        found += out_of_bounds(target["percent"], 0, 100, "percent")
    return found + disallowed("url") if str(target.get("url", "")) else found
