"""Security contexts of pods and containers, and warnings about what they leave to Kubernetes' insecure defaults."""

from __future__ import annotations

from knative.admission import masks
from knative.admission.decode import Fields
from knative.admission.field_errors import INT32_MAX, FieldError, FieldErrors, out_of_bounds_value, with_prefix

_INSECURE = "Kubernetes default value is insecure, Knative may default this to secure in a future release"


def context(type_: str, fields: Fields | None) -> FieldErrors:
    """Return what both kinds of security context share: the mask, and the range of ids."""
    if fields is None:
        return []
    errors = masks.check(type_, fields)
    for field in ("runAsUser", "runAsGroup", "fsGroup"):
        if not 0 <= fields.get(field, 0) <= INT32_MAX:
            errors += out_of_bounds_value(fields[field], 0, INT32_MAX, field)
    for index, group in enumerate(fields.get("supplementalGroups", [])):
        if not 0 <= group <= INT32_MAX:
            errors += with_prefix(out_of_bounds_value(group, 0, INT32_MAX), "supplementalGroups", index)
    return errors


def insecure_defaults(pods: Fields, own: Fields) -> FieldErrors:
    """Warnings about what Pod Security's *restricted* profile wants to be said."""
    wrong = []
    if "runAsNonRoot" not in pods and "runAsNonRoot" not in own:
        wrong.append("runAsNonRoot")
    if "allowPrivilegeEscalation" not in own:
        wrong.append("allowPrivilegeEscalation")
    if "seccompProfile" not in own and "seccompProfile" not in pods:
        wrong.append("seccompProfile")
    elif not any(each.get("seccompProfile", {}).get("type") for each in (own, pods)):
        wrong.append("seccompProfile.type")
    if "capabilities" not in own:
        wrong.append("capabilities")
    elif "drop" not in own["capabilities"]:
        wrong.append("capabilities.drop")
    errors = [FieldError(_INSECURE, (path,), warning=True) for path in wrong]
    if own.get("capabilities", {}).get("drop", [])[:1] == ["all"]:
        errors.append(
            FieldError("invalid value: all", ("capabilities.drop",), "Must be spelled as 'ALL'", warning=True)
        )
    return errors
