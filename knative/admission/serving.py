"""Service, Configuration, Revision, Route and DomainMapping."""

from __future__ import annotations

from knative.admission import autoscaling, destinations, names, template
from knative.admission.complaints import (
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
)
from knative.admission.decode import Fields
from knative.admission.template import GROUP

CLUSTER_DOMAIN = "cluster.local"


def default_service(service: Fields) -> None:
    """The template's defaults, and all traffic to the latest Revision."""
    spec = service.setdefault("spec", {})
    service.setdefault("metadata", {})
    template.default(spec.setdefault("template", {}))
    if not spec.get("traffic"):
        spec["traffic"] = [{"percent": 100, "latestRevision": True}]
    _default_traffic(spec["traffic"])


def validate_service(service: Fields) -> Complaints:
    """Metadata, template and traffic."""
    metadata, spec = service["metadata"], service["spec"]
    found = _metadata(metadata) + _rollout(metadata)
    found = via(found, "metadata") + via(template.validate(spec["template"], metadata), "spec", "template")
    return found + via(_traffic(spec["traffic"], of_service=True), "spec", "traffic")


def default_configuration(configuration: Fields) -> None:
    """The template's defaults."""
    configuration.setdefault("metadata", {})
    template.default(configuration.setdefault("spec", {}).setdefault("template", {}))


def validate_configuration(configuration: Fields) -> Complaints:
    """Metadata and template."""
    metadata = configuration["metadata"]
    found = _metadata(metadata) + via(_owned(metadata, f"{GROUP}/service", "Service"), "labels")
    return via(found, "metadata") + via(
        template.validate(configuration["spec"]["template"], metadata), "spec", "template"
    )


def default_revision(revision: Fields) -> None:
    """The spec's defaults."""
    revision.setdefault("metadata", {})
    template.default_spec(revision.setdefault("spec", {}))


def validate_revision(revision: Fields) -> Complaints:
    """Metadata, with the autoscaling annotations, and spec."""
    metadata = revision["metadata"]
    found = _name(metadata) + via(autoscaling.validate(metadata.get("annotations", {})), "annotations")
    found += via(_owned(metadata, f"{GROUP}/configuration", "Configuration"), "labels")
    return via(found, "metadata") + via(template.validate_spec(revision["spec"]), "spec")


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
    return via(template.whole_seconds(annotations, keys[0], "rollout-duration"), "annotations") if keys else []


def _default_traffic(traffic: list[Fields]) -> None:
    for target in traffic:
        target.setdefault("latestRevision", not target.get("revisionName"))
        target.setdefault("percent", 0)


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
