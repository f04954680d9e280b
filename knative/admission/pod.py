"""The pod spec of a Revision: what may be there, and how its parts fit together."""

from __future__ import annotations

from knative.admission import masks, names, security, volumes
from knative.admission.containers import Surroundings, sidecar, user_container
from knative.admission.decode import Fields
from knative.admission.field_errors import (
    FieldErrors,
    generic_error,
    go_quote,
    invalid_value,
    missing_field,
    with_prefix,
)


def validate(spec: Fields) -> FieldErrors:
    """Every error about a pod spec."""
    pods_context = spec.get("securityContext")
    errors = masks.check("PodSpec", spec)
    errors += with_prefix(security.context("PodSecurityContext", pods_context), "securityContext")
    for field in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(field, [])):
            context = container.get("securityContext", {})
            errors += with_prefix(
                security.insecure_defaults(pods_context or {}, context), field, index, "securityContext"
            )
    containers, init_containers = spec.get("containers", []), spec.get("initContainers", [])
    mounted = {
        mount.get("name", "") for each in (*init_containers, *containers) for mount in each.get("volumeMounts", [])
    }
    errors += with_prefix(volumes.validate(spec.get("volumes", []), mounted), "volumes")
    if init_containers:
        errors += generic_error(
            f"pod spec support for init-containers is off, but found {len(init_containers)} init containers"
        )
    errors += with_prefix(_ports(containers), "containers[*]")
    by_name = {volume.get("name", ""): volume for volume in spec.get("volumes", [])}
    errors += _containers(containers, Surroundings(volumes=by_name, port_name=_port_name(containers)))
    for wrong in names.dns_1123_subdomain(spec["serviceAccountName"]) if spec.get("serviceAccountName") else []:
        errors += invalid_value(spec["serviceAccountName"], "serviceAccountName", wrong)
    return errors


def _containers(containers: list[Fields], around: Surroundings) -> FieldErrors:
    if not containers:
        return missing_field("containers")
    if len(containers) == 1:
        return with_prefix(user_container(containers[0], around), "containers", 0)
    errors: FieldErrors = []
    seen: set[str] = set()
    for index, each in enumerate(containers):
        name = each.get("name", "")
        if name in seen:  # the webhook prefixes what it found so far once more
            errors = with_prefix(
                [*errors, *generic_error(f"duplicate container name {go_quote(name)}", "name")], "containers", index
            )
        seen.add(name)
        check = user_container if each.get("ports") else sidecar
        errors += with_prefix(check(each, around), "containers", index)
    return errors


def _ports(containers: list[Fields]) -> FieldErrors:
    """Exactly one port for all containers; a lone container may leave it out."""
    count = sum(len(each.get("ports", [])) for each in containers)
    if count > 1:
        details = "Only a single port is allowed across all containers"
        return generic_error("more than one container port is set", "ports", details=details)
    return missing_field("ports") if not count and len(containers) > 1 else []


def _port_name(containers: list[Fields]) -> str:
    """Return what a probe may call the port."""
    ports = [each["ports"][0] for each in containers if each.get("ports")]
    return (ports[-1].get("name") if ports else "") or "http"
