"""Broker and Trigger."""

from __future__ import annotations

import json
import re

from knative.admission import destinations, gojson
from knative.admission.complaints import (
    Complaints,
    both,
    disallowed,
    generic,
    invalid,
    invalid_key,
    missing,
    quoted,
    via,
    via_key,
)
from knative.admission.decode import Fields, decode
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


def validate_broker(broker: Fields) -> Complaints:
    """A class, a whole reference to its configuration, a valid delivery."""
    spec = broker["spec"]
    found = [] if broker["metadata"]["annotations"][CLASS] else missing(CLASS)
    found += via(destinations.reference(spec["config"]), "spec", "config")
    return found + via(destinations.delivery(spec["delivery"]), "spec", "delivery")


def default_trigger(trigger: Fields) -> None:
    """An empty filter, the label that names the broker, and the namespaces of references."""
    metadata, spec = trigger.setdefault("metadata", {}), trigger.setdefault("spec", {})
    namespace = metadata.get("namespace", "")
    spec.setdefault("filter", {})
    destinations.default_destination(spec.get("subscriber"), namespace)
    destinations.default_delivery(spec.get("delivery"), namespace)
    if spec.get("broker"):
        metadata.setdefault("labels", {})[BROKER] = spec["broker"]


def validate_trigger(trigger: Fields) -> Complaints:
    """One broker, valid filters, a subscriber, a valid delivery."""
    spec = trigger["spec"]
    found = _broker_of(spec)
    found += via(_attribute_names(spec["filter"].get("attributes", {})), "filter", "attributes")
    found += via(filters(spec.get("filters", [])), "filters")
    found += via(destinations.destination(spec.get("subscriber")), "subscriber")
    found += via(destinations.delivery(spec.get("delivery")), "delivery")
    return via(found, "spec") + _annotations(trigger)


def _broker_of(spec: Fields) -> Complaints:
    found: Complaints = []
    if "brokerRef" not in spec and not spec.get("broker"):
        found += missing("broker")
    elif "brokerRef" in spec and spec.get("broker"):
        found += both("broker", "brokerRef")
    if spec.get("brokerRef", {}).get("namespace"):
        details = (
            "only name, apiVersion and kind are supported fields when feature.CrossNamespaceEventLinks is disabled"
        )
        found += disallowed("namespace", details=details)
    return found


def filters(given: list[Fields]) -> Complaints:
    """What is wrong with a list of filters; the places of earlier ones are prefixed again, as the webhook does it."""
    found: Complaints = []
    for index, each in enumerate(given):
        found = via(found + _filter(each), index)
    return found


def _filter(given: Fields) -> Complaints:
    found: Complaints = []
    if sum(bool(given.get(dialect)) or (dialect == "not" and "not" in given) for dialect in DIALECTS) > 1:
        found += generic("multiple dialects found, filters can have only one dialect set")
    for dialect in ("exact", "prefix", "suffix"):
        found += via(_attribute_names(given.get(dialect, {})), dialect)
    for dialect in ("all", "any"):
        found += via(filters(given.get(dialect, [])), dialect)
    if "not" in given:
        found += via(_filter(given["not"]), "not")
    return found + via(_expression(given.get("cesql", "")), "cesql")


def _expression(text: str) -> Complaints:
    try:
        if text:
            parse(without_strays(text))
    except CesqlSyntaxError:
        return invalid(text)
    return []


def without_strays(expression: str) -> str:
    """A CESQL expression as a cluster reads it: what begins no token is dropped without a word."""
    kept, position = [], 0
    while position < len(expression):
        if token := _TOKEN.match(expression, position):
            kept.append(token[0])
            position = token.end()
        elif expression[position] in "'\"":  # a quote without its partner is more than it can take
            return expression
        else:  # a lone ! takes the next character along
            kept.append(" ")
            position += 2 if expression[position] == "!" else 1
    return "".join(kept)


def _attribute_names(attributes: Fields) -> Complaints:
    return [
        complaint
        for name in attributes
        if not _NAME.fullmatch(name)
        for complaint in via_key(invalid_key(name, details=_NAME_RULE), name)
    ]


def _annotations(trigger: Fields) -> Complaints:
    annotations = trigger["metadata"].get("annotations", {})
    found: Complaints = []
    if DEPENDENCY in annotations:
        found += via(_dependency(annotations[DEPENDENCY], trigger["metadata"]), f"metadata.annotations[{DEPENDENCY}]")
    if INJECTION in annotations:
        found += via(_injection(annotations[INJECTION], trigger["spec"]), f"metadata.annotations[{INJECTION}]")
    return found


def _dependency(text: str, metadata: Fields) -> Complaints:
    try:
        gojson.check_object(text, "v1.ObjectReference")
        known = {name.casefold() for name in types().structs["ObjectReference"]}
        given = json.loads(text) or {}
        ref = decode("ObjectReference", {key: value for key, value in given.items() if key.casefold() in known})
    except ValueError as exc:
        message = f"The provided annotation was not a corev1.ObjectReference: {quoted(text)}"
        return generic(message, "", details=str(exc))
    found: Complaints = []
    namespace = metadata.get("namespace", "")
    if ref.get("namespace") and ref["namespace"] != namespace:
        found += generic(f"Namespace must be empty or equal to the trigger namespace {quoted(namespace)}", "namespace")
    for field in ("kind", "name", "apiVersion"):
        if not ref.get(field):
            found += missing(field)
    return found


def _injection(value: str, spec: Fields) -> Complaints:
    if value not in ("enabled", "disabled"):
        rule = 'The provided injection annotation value can only be "enabled" or "disabled"'
        return generic(f"{rule}, not {quoted(value)}", "")
    if spec.get("broker", "") != "default":
        rule = "The provided injection annotation is only used for default broker"
        return generic(f"{rule}, but non-default broker specified here: {quoted(spec.get('broker', ''))}", "")
    return []
