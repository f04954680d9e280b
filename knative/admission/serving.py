"""Service, Configuration, Revision, Route and DomainMapping."""

from __future__ import annotations

from knative.admission import autoscaling, destinations, names, template
from knative.admission.decode import Fields
from knative.admission.field_errors import (
    FieldErrors,
    disallowed_field,
    generic_error,
    go_list,
    go_quote,
    invalid_key,
    invalid_value,
    missing_field,
    missing_one_of,
    multiple_one_of,
    out_of_bounds_value,
    with_prefix,
)
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


def validate_service(service: Fields) -> FieldErrors:
    """Metadata, template and traffic."""
    metadata, spec = service["metadata"], service["spec"]
    errors = _metadata(metadata) + _rollout(metadata)
    errors = with_prefix(errors, "metadata") + with_prefix(
        template.validate(spec["template"], metadata), "spec", "template"
    )
    return errors + with_prefix(_traffic(spec["traffic"], of_service=True), "spec", "traffic")


def default_configuration(configuration: Fields) -> None:
    """The template's defaults."""
    configuration.setdefault("metadata", {})
    template.default(configuration.setdefault("spec", {}).setdefault("template", {}))


def validate_configuration(configuration: Fields) -> FieldErrors:
    """Metadata and template."""
    metadata = configuration["metadata"]
    result = _metadata(metadata) + with_prefix(_owned(metadata, f"{GROUP}/service", "Service"), "labels")
    return with_prefix(result, "metadata") + with_prefix(
        template.validate(configuration["spec"]["template"], metadata), "spec", "template"
    )


def default_revision(revision: Fields) -> None:
    """The spec's defaults."""
    revision.setdefault("metadata", {})
    template.default_spec(revision.setdefault("spec", {}))


def validate_revision(revision: Fields) -> FieldErrors:
    """Metadata, with the autoscaling annotations, and spec."""
    metadata = revision["metadata"]
    errors = _name(metadata) + with_prefix(autoscaling.validate(metadata.get("annotations", {})), "annotations")
    errors += with_prefix(_owned(metadata, f"{GROUP}/configuration", "Configuration"), "labels")
    return with_prefix(errors, "metadata") + with_prefix(template.validate_spec(revision["spec"]), "spec")


def default_route(route: Fields) -> None:
    """Each target says whether it follows the latest Revision, and its share."""
    route.setdefault("metadata", {})
    _default_traffic(route.setdefault("spec", {}).get("traffic", []))


def validate_route(route: Fields) -> FieldErrors:
    """Metadata and traffic."""
    metadata = route["metadata"]
    result = (
        _metadata(metadata)
        + _rollout(metadata)
        + with_prefix(_owned(metadata, f"{GROUP}/service", "Service"), "labels")
    )
    traffic = _traffic(route["spec"].get("traffic", []), of_service=False)
    return with_prefix(result, "metadata") + with_prefix(traffic, "spec", "traffic")


def default_domain_mapping(mapping: Fields) -> None:
    """The reference's namespace."""
    namespace = mapping.setdefault("metadata", {}).get("namespace", "")
    destinations.default_reference(mapping.setdefault("spec", {}).setdefault("ref", {}), namespace)


def validate_domain_mapping(mapping: Fields) -> FieldErrors:
    """A domain of two labels or more as its name, and a target in its namespace."""
    metadata = mapping["metadata"]
    name = metadata.get("name", "")
    errors = disallowed_field("generateName") if metadata.get("generateName") else []
    if wrong := _domain(name):
        errors += generic_error(f"invalid name {go_quote(name)}: {wrong}", "name")
    if name.endswith(f".{CLUSTER_DOMAIN}"):
        rule = f"must not be a subdomain of cluster local domain {go_quote(CLUSTER_DOMAIN)}"
        errors += generic_error(f"invalid name {go_quote(name)}: {rule}", "name")
    ref = destinations.reference(mapping["spec"]["ref"], metadata.get("namespace", ""))
    return with_prefix(errors, "metadata") + with_prefix(ref, "spec", "ref")


def _domain(name: str) -> str:
    """Find what is wrong with a domain name, as Kubernetes words it; empty when nothing is."""
    if not name:
        return "name: Required value"
    plain = name.removesuffix(".")
    if wrong := names.dns_1123_subdomain(plain):
        return f"name: Invalid value: {go_quote(plain)}: {','.join(wrong)}"
    if "." not in plain:
        return (
            f"name: Invalid value: {go_quote(plain)}: should be a domain with at least two segments separated by dots"
        )
    for label in plain.split("."):
        if wrong := names.dns_1123_label(label):
            return f"name: Invalid value: {go_quote(label)}: {','.join(wrong)}"
    return ""


def _metadata(metadata: Fields) -> FieldErrors:
    return _name(metadata) + with_prefix(autoscaling.misplaced(metadata.get("annotations", {})), "annotations")


def _name(metadata: Fields) -> FieldErrors:
    name, prefix = metadata.get("name", ""), metadata.get("generateName", "")
    if prefix and (wrong := names.dns_1035_label_prefix(prefix)):
        return generic_error(f"not a DNS 1035 label prefix: {go_list(wrong)}", "generateName")
    if name and (wrong := names.dns_1035_label(name)):
        return generic_error(f"not a DNS 1035 label: {go_list(wrong)}", "name")
    return [] if name or prefix else generic_error("name or generateName is required", "name")


def _owned(metadata: Fields, label: str, kind: str) -> FieldErrors:
    """A label that names an owner has to be true."""
    value = metadata.get("labels", {}).get(label)
    owners = [(each.get("kind"), each.get("name", "")) for each in metadata.get("ownerReferences", [])]
    return missing_field(label) if value is not None and (kind, value) not in owners else []


def _rollout(metadata: Fields) -> FieldErrors:
    annotations = metadata.get("annotations", {})
    keys = [f"{GROUP}/{name}" for name in ("rollout-duration", "rolloutDuration") if f"{GROUP}/{name}" in annotations]
    return with_prefix(template.whole_seconds(annotations, keys[0], "rollout-duration"), "annotations") if keys else []


def _default_traffic(traffic: list[Fields]) -> None:
    for target in traffic:
        target.setdefault("latestRevision", not target.get("revisionName"))
        target.setdefault("percent", 0)


def _traffic(traffic: list[Fields], *, of_service: bool) -> FieldErrors:
    errors: FieldErrors = []
    tags: dict[str, int] = {}
    for index, target in enumerate(traffic):
        errors += with_prefix(_target(target, of_service=of_service), index)
        tag = target.get("tag", "")
        if tag and (wrong := names.dns_1035_label(tag)):
            errors += with_prefix(invalid_value(f"not a DNS 1035 label: {go_list(wrong)}"), "tag", index)
        if tag and tag in tags:
            errors += generic_error(f"Multiple definitions for {go_quote(tag)}", f"[{index}].tag", f"[{tags[tag]}].tag")
        tags.setdefault(tag, index)
    total = sum(target["percent"] for target in traffic)
    return errors if total == 100 else errors + generic_error(f"Traffic targets sum to {total}, want 100", "")


def _target(target: Fields, *, of_service: bool) -> FieldErrors:
    revision, configuration = target.get("revisionName", ""), target.get("configurationName", "")
    errors: FieldErrors = []
    if bool(revision) == target["latestRevision"]:
        latest = str(target["latestRevision"]).lower()
        message = f"may not set revisionName {go_quote(revision)} when latestRevision is {latest}"
        errors += generic_error(message, "latestRevision")
    if of_service and configuration:
        errors += disallowed_field("configurationName")
    elif revision and configuration:
        errors += multiple_one_of("revisionName", "configurationName")
    elif revision or configuration:
        field = "revisionName" if revision else "configurationName"
        wrong = names.qualified_name(revision or configuration)
        errors += invalid_key(revision or configuration, field, ", ".join(wrong)) if wrong else []
    elif not of_service:
        errors += missing_one_of("revisionName", "configurationName")
    if not 0 <= target["percent"] <= 100:
        errors += out_of_bounds_value(target["percent"], 0, 100, "percent")
    return errors + disallowed_field("url") if str(target.get("url", "")) else errors
