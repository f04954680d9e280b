"""References, destinations and deliveries: the parts that most eventing kinds are made of."""

from __future__ import annotations

import base64
import binascii
import re

from knative.admission import periods
from knative.admission.complaints import Complaint, Complaints, disallowed, generic, invalid, missing, quoted, via
from knative.admission.decode import Fields


def reference(ref: Fields, namespace: str = "") -> Complaints:
    """What is wrong with a KReference; a given `namespace` is the only one it may name."""
    found = [*disallowed("group")] if ref.get("group") else []
    for field in ("name", "apiVersion", "kind"):
        if not ref.get(field):
            found += missing(field)
    if namespace and ref.get("namespace") and ref["namespace"] != namespace:
        details = f"parent namespace: {quoted(namespace)} does not match ref: {quoted(ref['namespace'])}"
        found.append(Complaint("mismatched namespaces", ("namespace",), details))
    return found


def destination(given: Fields | None, namespace: str = "") -> Complaints:
    """What is wrong with a Destination that has to be there; its reference as in `reference`."""
    given = given or {}
    ref, uri = given.get("ref"), given.get("uri")
    if ref is None and uri is None:
        return generic("expected at least one, got none", "ref", "uri")
    if uri is None:
        return via(reference(ref or {}, namespace), "ref")
    if ref is not None and uri.absolute:
        message = "Absolute URI is not allowed when Ref or [apiVersion, kind, name] is present"
        return generic(message, "[apiVersion, kind, name]", "ref", "uri")
    if ref is None and not (uri.absolute and uri.host):
        return invalid("Relative URI is not allowed when Ref and [apiVersion, kind, name] is absent", "uri")
    return _authorities(given["CACerts"]) if "CACerts" in given else []


def default_destination(given: Fields | None, namespace: str) -> None:
    """A reference without a namespace means that of its owner."""
    if given and "ref" in given:
        default_reference(given["ref"], namespace)


def default_reference(ref: Fields, namespace: str) -> None:
    """As `default_destination`, for the reference itself."""
    if not ref.get("namespace") and namespace:
        ref["namespace"] = namespace


def delivery(given: Fields | None, namespace: str = "") -> Complaints:
    """What is wrong with a delivery; a given `namespace` is the only one its dead letter sink may name."""
    if given is None:
        return []
    found: Complaints = []
    if "deadLetterSink" in given:
        found += via(destination(given["deadLetterSink"], namespace), "deadLetterSink")
    if given.get("retry", 0) < 0:
        found += invalid(given["retry"], "retry")
    if "timeout" in given and (not periods.valid(given["timeout"]) or periods.is_zero(given["timeout"])):
        found += invalid(given["timeout"], "timeout")
    if given.get("backoffPolicy", "linear") not in ("linear", "exponential"):
        found += invalid(given["backoffPolicy"], "backoffPolicy")
    if "backoffDelay" in given and not periods.valid(given["backoffDelay"]):
        found += invalid(given["backoffDelay"], "backoffDelay")
    if given.get("format", "json") not in ("json", "binary"):
        found += invalid(given["format"], "format")
    if "retryAfterMax" in given:  # behind a feature flag that is off
        found += disallowed("retryAfterMax")
    return found


def default_delivery(given: Fields | None, namespace: str) -> None:
    """The dead letter sink's namespace."""
    if given:
        default_destination(given.get("deadLetterSink"), namespace)


def overrides(given: Fields | None) -> Complaints:
    """What is wrong with ``ceOverrides``: the first extension whose name is none."""
    for name in (given or {}).get("extensions", {}):
        if not name:
            return via(_no_extension(name, "keys MUST NOT be empty"), "extensions")
        if not re.fullmatch("[A-Za-z0-9]+", name):
            return via(_no_extension(name, "keys are expected to be alphanumeric"), "extensions")
    return []


def source(spec: Fields) -> Complaints:
    """What is wrong with the two fields that every source has."""
    return via(destination(spec.get("sink")), "sink") + via(overrides(spec.get("ceOverrides")), "ceOverrides")


def _no_extension(name: str, details: str) -> Complaints:
    return [Complaint(f"invalid key name {quoted(name)}", ("",), details)]


_PEM = re.compile(r"-----BEGIN ([^\n-]*)-----\s+([A-Za-z0-9+/=\s]*)-----END \1-----")


def _authorities(certificates: str) -> Complaints:
    block = _PEM.search(certificates)
    if block is None:
        return invalid("CA Cert provided is invalid", "caCert")
    if block[1] != "CERTIFICATE":
        return invalid("CA Cert provided is not a certificate", "caCert")
    try:
        is_sequence = base64.b64decode("".join(block[2].split()), validate=True).startswith(b"\x30")
    except binascii.Error:
        is_sequence = False
    return [] if is_sequence else invalid("CA Cert provided is invalid", "caCert")
