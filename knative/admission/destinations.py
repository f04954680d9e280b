"""References, destinations and deliveries: the parts that most eventing kinds are made of."""

from __future__ import annotations

import base64
import binascii
import re

from knative.admission import periods
from knative.admission.decode import Fields
from knative.admission.field_errors import (
    FieldError,
    FieldErrors,
    disallowed_field,
    generic_error,
    go_quote,
    invalid_value,
    missing_field,
    with_prefix,
)


def reference(ref: Fields, namespace: str = "") -> FieldErrors:
    """Find what is wrong with a KReference; a given `namespace` is the only one it may name."""
    errors = [*disallowed_field("group")] if ref.get("group") else []
    for field in ("name", "apiVersion", "kind"):
        if not ref.get(field):
            errors += missing_field(field)
    if namespace and ref.get("namespace") and ref["namespace"] != namespace:
        details = f"parent namespace: {go_quote(namespace)} does not match ref: {go_quote(ref['namespace'])}"
        errors.append(FieldError("mismatched namespaces", ("namespace",), details))
    return errors


def destination(fields: Fields | None, namespace: str = "") -> FieldErrors:
    """Find what is wrong with a Destination that has to be there; its reference as in `reference`."""
    fields = fields or {}
    ref, uri = fields.get("ref"), fields.get("uri")
    if ref is None and uri is None:
        return generic_error("expected at least one, got none", "ref", "uri")
    if uri is None:
        return with_prefix(reference(ref or {}, namespace), "ref")
    if ref is not None and uri.absolute:
        message = "Absolute URI is not allowed when Ref or [apiVersion, kind, name] is present"
        return generic_error(message, "[apiVersion, kind, name]", "ref", "uri")
    if ref is None and not (uri.absolute and uri.host):
        return invalid_value("Relative URI is not allowed when Ref and [apiVersion, kind, name] is absent", "uri")
    return _authorities(fields["CACerts"]) if "CACerts" in fields else []


def default_destination(fields: Fields | None, namespace: str) -> None:
    """A reference without a namespace means that of its owner."""
    if fields and "ref" in fields:
        default_reference(fields["ref"], namespace)


def default_reference(ref: Fields, namespace: str) -> None:
    """As `default_destination`, for the reference itself."""
    if not ref.get("namespace") and namespace:
        ref["namespace"] = namespace


def delivery(fields: Fields | None, namespace: str = "") -> FieldErrors:
    """Find what is wrong with a delivery; a given `namespace` is the only one its dead letter sink may name."""
    if fields is None:
        return []
    errors: FieldErrors = []
    if "deadLetterSink" in fields:
        errors += with_prefix(destination(fields["deadLetterSink"], namespace), "deadLetterSink")
    if fields.get("retry", 0) < 0:
        errors += invalid_value(fields["retry"], "retry")
    if "timeout" in fields and (not periods.valid(fields["timeout"]) or periods.is_zero(fields["timeout"])):
        errors += invalid_value(fields["timeout"], "timeout")
    if fields.get("backoffPolicy", "linear") not in ("linear", "exponential"):
        errors += invalid_value(fields["backoffPolicy"], "backoffPolicy")
    if "backoffDelay" in fields and not periods.valid(fields["backoffDelay"]):
        errors += invalid_value(fields["backoffDelay"], "backoffDelay")
    if fields.get("format", "json") not in ("json", "binary"):
        errors += invalid_value(fields["format"], "format")
    if "retryAfterMax" in fields:  # behind a feature flag that is off
        errors += disallowed_field("retryAfterMax")
    return errors


def default_delivery(fields: Fields | None, namespace: str) -> None:
    """The dead letter sink's namespace."""
    if fields:
        default_destination(fields.get("deadLetterSink"), namespace)


def overrides(fields: Fields | None) -> FieldErrors:
    """Find what is wrong with ``ceOverrides``: the first extension whose name is none."""
    for name in (fields or {}).get("extensions", {}):
        if not name:
            return with_prefix(_no_extension(name, "keys MUST NOT be empty"), "extensions")
        if not re.fullmatch("[A-Za-z0-9]+", name):
            return with_prefix(_no_extension(name, "keys are expected to be alphanumeric"), "extensions")
    return []


def source(spec: Fields) -> FieldErrors:
    """Find what is wrong with the two fields that every source has."""
    return with_prefix(destination(spec.get("sink")), "sink") + with_prefix(
        overrides(spec.get("ceOverrides")), "ceOverrides"
    )


def _no_extension(name: str, details: str) -> FieldErrors:
    return [FieldError(f"invalid key name {go_quote(name)}", ("",), details)]


_PEM = re.compile(r"-----BEGIN ([^\n-]*)-----\s+([A-Za-z0-9+/=\s]*)-----END \1-----")


def _authorities(certificates: str) -> FieldErrors:
    block = _PEM.search(certificates)
    if block is None:
        return invalid_value("CA Cert provided is invalid", "caCert")
    if block[1] != "CERTIFICATE":
        return invalid_value("CA Cert provided is not a certificate", "caCert")
    try:
        is_sequence = base64.b64decode("".join(block[2].split()), validate=True).startswith(b"\x30")
    except binascii.Error:
        is_sequence = False
    return [] if is_sequence else invalid_value("CA Cert provided is invalid", "caCert")
