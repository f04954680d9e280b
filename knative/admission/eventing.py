"""Broker and Trigger."""

from __future__ import annotations

import json
import re

from knative.admission import destinations, gojson
from knative.admission.decode import Fields, decode
from knative.admission.field_errors import (
    FieldErrors,
    disallowed_field,
    generic_error,
    go_quote,
    invalid_key,
    invalid_value,
    missing_field,
    multiple_one_of,
    with_key,
    with_prefix,
)
from knative.admission.schema import types
from knative.cesql import CesqlSyntaxError, parse

CLASS = "eventing.knative.dev/broker.class"
BROKER = "eventing.knative.dev/broker"
DEPENDENCY = "knative.dev/dependency"
INJECTION = "eventing.knative.dev/injection"
DIALECTS = ("exact", "prefix", "suffix", "all", "any", "not", "cesql")

DEFAULT_CLASS = "MTChannelBasedBroker"
DEFAULT_CONFIG = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "name": "config-br-default-channel",
    "namespace": "knative-eventing",
}
DEFAULT_DELIVERY = {"retry": 10, "backoffPolicy": "exponential", "backoffDelay": "PT0.2S"}
"""What the ConfigMap ``config-br-defaults`` of a release says."""

_NAME = re.compile("[a-z][a-z0-9]*")
_TOKEN = re.compile(
    r"""'(?:\\.|''|[^'\\])*'|"(?:\\.|""|[^"\\])*"|[A-Za-z]+_[A-Za-z_]*|[A-Za-z0-9]+|!=|[-+*/%()=<>, \t\r\n]""",
    re.DOTALL,
)
_FAULT = re.compile(
    r"""'(?:\\.|''|[^'\\])*'|"(?:\\.|""|[^"\\])*"|(?P<like>\bLIKE\s+)(?P<pattern>[+-]?\w+)|(?P<number>[+-]?\b[0-9]+\b)""",
    re.DOTALL | re.IGNORECASE,
)
"""Texts, which hold no fault; a pattern of LIKE that is no text; a number."""
_NAME_RULE = "Attribute name must start with a letter and can only contain lowercase alphanumeric"


def default_broker(broker: Fields) -> None:
    """Class, configuration and delivery come from ``config-br-defaults``."""
    metadata, spec = broker.setdefault("metadata", {}), broker.setdefault("spec", {})
    namespace = metadata.get("namespace", "")
    spec.setdefault("config", dict(DEFAULT_CONFIG))
    spec.setdefault("delivery", dict(DEFAULT_DELIVERY))
    destinations.default_reference(spec["config"], namespace)
    destinations.default_delivery(spec["delivery"], namespace)
    metadata.setdefault("annotations", {}).setdefault(CLASS, DEFAULT_CLASS)


def validate_broker(broker: Fields) -> FieldErrors:
    """A class, a whole reference to its configuration, a valid delivery."""
    spec = broker["spec"]
    errors = [] if broker["metadata"]["annotations"][CLASS] else missing_field(CLASS)
    errors += with_prefix(destinations.reference(spec["config"]), "spec", "config")
    return errors + with_prefix(destinations.delivery(spec["delivery"]), "spec", "delivery")


def default_trigger(trigger: Fields) -> None:
    """An empty filter, the label that names the broker, and the namespaces of references."""
    metadata, spec = trigger.setdefault("metadata", {}), trigger.setdefault("spec", {})
    namespace = metadata.get("namespace", "")
    spec.setdefault("filter", {})
    destinations.default_destination(spec.get("subscriber"), namespace)
    destinations.default_delivery(spec.get("delivery"), namespace)
    if spec.get("broker"):
        metadata.setdefault("labels", {})[BROKER] = spec["broker"]


def validate_trigger(trigger: Fields) -> FieldErrors:
    """One broker, valid filters, a subscriber, a valid delivery."""
    spec = trigger["spec"]
    errors = _broker_of(spec)
    errors += with_prefix(_attribute_names(spec["filter"].get("attributes", {})), "filter", "attributes")
    errors += with_prefix(filters(spec.get("filters", [])), "filters")
    errors += with_prefix(destinations.destination(spec.get("subscriber")), "subscriber")
    errors += with_prefix(destinations.delivery(spec.get("delivery")), "delivery")
    return with_prefix(errors, "spec") + _annotations(trigger)


def _broker_of(spec: Fields) -> FieldErrors:
    errors: FieldErrors = []
    if "brokerRef" not in spec and not spec.get("broker"):
        errors += missing_field("broker")
    elif "brokerRef" in spec and spec.get("broker"):
        errors += multiple_one_of("broker", "brokerRef")
    if spec.get("brokerRef", {}).get("namespace"):
        details = (
            "only name, apiVersion and kind are supported fields when feature.CrossNamespaceEventLinks is disabled"
        )
        errors += disallowed_field("namespace", details=details)
    return errors


def filters(value: list[Fields]) -> FieldErrors:
    """Find what is wrong with a list of filters; paths of earlier ones are prefixed again, as by the webhook."""
    errors: FieldErrors = []
    for index, each in enumerate(value):
        errors = with_prefix(errors + _filter(each), index)
    return errors


def _filter(fields: Fields) -> FieldErrors:
    errors: FieldErrors = []
    if sum(bool(fields.get(dialect)) or (dialect == "not" and "not" in fields) for dialect in DIALECTS) > 1:
        errors += generic_error("multiple dialects found, filters can have only one dialect set")
    for dialect in ("exact", "prefix", "suffix"):
        errors += with_prefix(_attribute_names(fields.get(dialect, {})), dialect)
    for dialect in ("all", "any"):
        errors += with_prefix(filters(fields.get(dialect, [])), dialect)
    if "not" in fields:
        errors += with_prefix(_filter(fields["not"]), "not")
    return errors + with_prefix(_expression(fields.get("cesql", "")), "cesql")


def _expression(text: str) -> FieldErrors:
    expression = drop_ignored_characters(text)
    return [] if not text or _can_be_parsed(expression) else invalid_value(text, details=_parse_error(expression))


def _can_be_parsed(expression: str) -> bool:
    try:
        parse(expression)
    except CesqlSyntaxError:
        return False
    return True


def _parse_error(expression: str) -> str:
    """The second line of the refusal; empty for most faults, on which the cluster's parser breaks without a word.

    It has words for a pattern of LIKE that is no text, and for a number beyond 32 bits.
    """
    faults: list[str] = []

    def mend(match: re.Match[str]) -> str:
        if match["pattern"]:
            faults.append("failed to parse LIKE expression: the pattern was not a string literal")
            return f"{match['like']}''"
        if match["number"] and not -(2**31) <= int(match["number"]) < 2**31:
            faults.append(f"strconv.ParseInt: parsing {go_quote(match['number'])}: value out of range")
            return "0"
        return match[0]

    mended = _FAULT.sub(mend, expression)
    if not faults or not _can_be_parsed(mended):
        return ""
    unexpected = ["syntax error: " for fault in faults if fault.startswith("failed to parse LIKE")]
    return f"parse error: {'|'.join([*unexpected, *faults])}"


def drop_ignored_characters(expression: str) -> str:
    """A CESQL expression as a cluster reads it: what begins no token is dropped without a word."""
    remaining, position = [], 0
    while position < len(expression):
        if token := _TOKEN.match(expression, position):
            remaining.append(token[0])
            position = token.end()
        elif expression[position] in "'\"":  # a quote without its partner is more than it can take
            return expression
        else:  # a lone ! takes the next character along
            remaining.append(" ")
            position += 2 if expression[position] == "!" else 1
    return "".join(remaining)


def _attribute_names(attributes: Fields) -> FieldErrors:
    return [
        error
        for name in attributes
        if not _NAME.fullmatch(name)
        for error in with_key(invalid_key(name, details=_NAME_RULE), name)
    ]


def _annotations(trigger: Fields) -> FieldErrors:
    annotations = trigger["metadata"].get("annotations", {})
    errors: FieldErrors = []
    if DEPENDENCY in annotations:
        errors += with_prefix(
            _dependency(annotations[DEPENDENCY], trigger["metadata"]), f"metadata.annotations[{DEPENDENCY}]"
        )
    if INJECTION in annotations:
        errors += with_prefix(_injection(annotations[INJECTION], trigger["spec"]), f"metadata.annotations[{INJECTION}]")
    return errors


def _dependency(text: str, metadata: Fields) -> FieldErrors:
    try:
        gojson.check_object(text, "v1.ObjectReference")
        known = {name.casefold() for name in types().structs["ObjectReference"]}
        item = json.loads(text) or {}
        ref = decode("ObjectReference", {key: value for key, value in item.items() if key.casefold() in known})
    except ValueError as exc:
        message = f"The provided annotation was not a corev1.ObjectReference: {go_quote(text)}"
        return generic_error(message, "", details=str(exc))
    errors: FieldErrors = []
    namespace = metadata.get("namespace", "")
    if ref.get("namespace") and ref["namespace"] != namespace:
        errors += generic_error(
            f"Namespace must be empty or equal to the trigger namespace {go_quote(namespace)}", "namespace"
        )
    for field in ("kind", "name", "apiVersion"):
        if not ref.get(field):
            errors += missing_field(field)
    return errors


def _injection(value: str, spec: Fields) -> FieldErrors:
    if value not in ("enabled", "disabled"):
        rule = 'The provided injection annotation value can only be "enabled" or "disabled"'
        return generic_error(f"{rule}, not {go_quote(value)}", "")
    if spec.get("broker", "") != "default":
        rule = "The provided injection annotation is only used for default broker"
        return generic_error(f"{rule}, but non-default broker specified here: {go_quote(spec.get('broker', ''))}", "")
    return []
