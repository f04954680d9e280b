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
    found = [*disallowed_field("group")] if ref.get("group") else []
    for field in ("name", "apiVersion", "kind"):
        if not ref.get(field):
            found += missing_field(field)
    if namespace and ref.get("namespace") and ref["namespace"] != namespace:
        details = f"parent namespace: {go_quote(namespace)} does not match ref: {go_quote(ref['namespace'])}"
        found.append(FieldError("mismatched namespaces", ("namespace",), details))
    return found


def destination(given: Fields | None, namespace: str = "") -> FieldErrors:
    """Find what is wrong with a Destination that has to be there; its reference as in `reference`."""
    given = given or {}
    ref, uri = given.get("ref"), given.get("uri")
    if ref is None and uri is None:
        return generic_error("expected at least one, got none", "ref", "uri")
    if uri is None:
        return with_prefix(reference(ref or {}, namespace), "ref")
    if ref is not None and uri.absolute:
        message = "Absolute URI is not allowed when Ref or [apiVersion, kind, name] is present"
        return generic_error(message, "[apiVersion, kind, name]", "ref", "uri")
    if ref is None and not (uri.absolute and uri.host):
        return invalid_value("Relative URI is not allowed when Ref and [apiVersion, kind, name] is absent", "uri")
    return _authorities(given["CACerts"]) if "CACerts" in given else []


def default_destination(given: Fields | None, namespace: str) -> None:
    """A reference without a namespace means that of its owner."""
    if given and "ref" in given:
        default_reference(given["ref"], namespace)


def default_reference(ref: Fields, namespace: str) -> None:
    """As `default_destination`, for the reference itself."""
    if not ref.get("namespace") and namespace:
        ref["namespace"] = namespace


def delivery(given: Fields | None, namespace: str = "") -> FieldErrors:
    """Find what is wrong with a delivery; a given `namespace` is the only one its dead letter sink may name."""
    if given is None:
        return []
    found: FieldErrors = []
    if "deadLetterSink" in given:
        found += with_prefix(destination(given["deadLetterSink"], namespace), "deadLetterSink")
    if given.get("retry", 0) < 0:
        found += invalid_value(given["retry"], "retry")
    if "timeout" in given and (not periods.valid(given["timeout"]) or periods.is_zero(given["timeout"])):
        found += invalid_value(given["timeout"], "timeout")
    if given.get("backoffPolicy", "linear") not in ("linear", "exponential"):
        found += invalid_value(given["backoffPolicy"], "backoffPolicy")
    if "backoffDelay" in given and not periods.valid(given["backoffDelay"]):
        found += invalid_value(given["backoffDelay"], "backoffDelay")
    if given.get("format", "json") not in ("json", "binary"):
        found += invalid_value(given["format"], "format")
    if "retryAfterMax" in given:  # behind a feature flag that is off
        found += disallowed_field("retryAfterMax")
    return found


def default_delivery(given: Fields | None, namespace: str) -> None:
    """The dead letter sink's namespace."""
    if given:
        default_destination(given.get("deadLetterSink"), namespace)


def overrides(given: Fields | None) -> FieldErrors:
    """Find what is wrong with ``ceOverrides``: the first extension whose name is none."""
    for name in (given or {}).get("extensions", {}):
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
