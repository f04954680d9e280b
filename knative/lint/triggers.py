"""Rules about Brokers and Triggers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from knative.admission.eventing import CLASS, drop_ignored_characters
from knative.cesql import CesqlSyntaxError, Expression, functions, parse
from knative.cesql.syntax import Arithmetic, Attribute, Call, Integer, Negate, Text, children
from knative.cesql.texts import CHARACTERS
from knative.lint.findings import Violations, rule
from knative.lint.object_index import CHANNEL, KAFKA, ObjectIndex, emitted_types
from knative.lint.type_filter import has_no_filter
from knative.lint.yaml_objects import Object, as_mapping, as_mappings
from knative.manifests.kinds.common import OUR_EMITS
from knative.manifests.kinds.eventing import ORDER


@rule(
    "matches-everything",
    "warning",
    "a Trigger without a filter, whose subscriber gets its own replies as well",
    "filter by types, or declare what the Service emits in touchline.io/emits",
)
def find_matches_everything(index: ObjectIndex) -> Violations:
    for trigger in index.of_kinds("Trigger"):
        subscriber = index.subscriber_of(trigger)
        if not has_no_filter(trigger) or OUR_EMITS in trigger.annotations:
            continue
        if subscriber and subscriber.kind == "Service" and emitted_types(subscriber) is None:
            yield trigger, "metadata.name", f"whatever {subscriber} replies comes back to it"


@rule(
    "filter-overridden",
    "warning",
    "a filter beside filters, which count alone",
    "make it one of the filters: - exact: {…}",
)
def find_filter_overridden(index: ObjectIndex) -> Violations:
    for trigger in index.of_kinds("Trigger"):
        if trigger.spec.get("filters") and as_mapping(trigger.spec.get("filter")).get("attributes"):
            yield trigger, "spec.filter", "filter has no effect beside filters"


@rule(
    "empty-attribute-value",
    "warning",
    'an attribute filtered by "", which the two classes of Broker read differently',
    'say what is meant: filters with cesql: "EXISTS name", or no such line',
)
def find_empty_attribute_value(index: ObjectIndex) -> Violations:
    for trigger in index.of_kinds("Trigger"):
        for name, value in as_mapping(as_mapping(trigger.spec.get("filter")).get("attributes")).items():
            if value == "":
                path = f"spec.filter.attributes.{name}"
                yield (
                    trigger,
                    path,
                    f"{name} has to be there on a channel-based Broker, and may be anything on a Kafka one",
                )


@rule(
    "empty-filter-value",
    "warning",
    "exact, prefix or suffix with an empty value, which passes the webhook and matches nothing",
    'for any value write cesql: "EXISTS name"',
)
def find_empty_filter_value(index: ObjectIndex) -> Violations:
    for trigger in index.of_kinds("Trigger"):
        for path, filter_ in _iter_filters(trigger.spec.get("filters"), "spec.filters"):
            for dialect in ("exact", "prefix", "suffix"):
                for name, value in as_mapping(filter_.get(dialect)).items():
                    if value == "":
                        yield trigger, f"{path}.{dialect}.{name}", f"{dialect} of {name} is empty"


@rule(
    "cesql-ignored-characters",
    "warning",
    "characters of a CESQL expression that a cluster drops without a word",
    "quote texts; names of attributes have letters and digits only",
)
def find_cesql_ignored_characters(index: ObjectIndex) -> Violations:
    for trigger in index.of_kinds("Trigger"):
        for path, filter_ in _iter_filters(trigger.spec.get("filters"), "spec.filters"):
            expression = filter_.get("cesql")
            if isinstance(expression, str) and (read := drop_ignored_characters(expression)) != expression:
                yield trigger, f"{path}.cesql", f"what is read is {' '.join(read.split())}"


@rule(
    "cesql-not-boolean",
    "warning",
    "a CESQL expression whose value is no boolean: a channel-based Broker stops at it, a Kafka one casts it",
    "compare it with something",
)
def find_cesql_not_boolean(index: ObjectIndex) -> Violations:
    for trigger, path, expression in _expressions(index):
        if kind := _value_kind(expression):
            yield trigger, path, f"its value is {kind}"


@rule(
    "cesql-unknown-function",
    "warning",
    "a CESQL expression that calls a function that does not exist, so that no event passes",
    "look for a typing error, and at the number of arguments",
)
def find_cesql_unknown_function(index: ObjectIndex) -> Violations:
    for trigger, path, expression in _expressions(index):
        for call in _calls(expression):
            if functions.find(CHARACTERS, call.function, len(call.arguments)) is None:
                yield trigger, path, f"there is no function {call.function} of {len(call.arguments)} arguments"


def _expressions(index: ObjectIndex) -> Iterator[tuple[Object, str, Expression]]:
    """Every CESQL expression that can be read, with its Trigger and the path to it."""
    for trigger in index.of_kinds("Trigger"):
        for path, filter_ in _iter_filters(trigger.spec.get("filters"), "spec.filters"):
            source = filter_.get("cesql")
            if isinstance(source, str) and source:
                with suppress(CesqlSyntaxError):
                    yield trigger, f"{path}.cesql", parse(drop_ignored_characters(source))


def _calls(node: Expression) -> Iterator[Call]:
    if isinstance(node, Call):
        yield node
    for child in children(node):
        yield from _calls(child)


def _value_kind(node: Expression) -> str:
    """``a text`` or ``a number`` when that is what an expression gives, empty when it gives a boolean."""
    match node:
        case Text() | Attribute():
            return "a text"
        case Integer() | Arithmetic() | Negate():
            return "a number"
        case Call():
            function = functions.find(CHARACTERS, node.function, len(node.arguments))
            return {str: "a text", int: "a number"}.get(function.answers, "") if function else ""
    return ""


@rule(
    "delivery-order",
    "warning",
    "an order of delivery that has no effect",
    "ordered or unordered, on a Kafka-class Broker",
)
def find_delivery_order(index: ObjectIndex) -> Violations:
    for trigger in index.of_kinds("Trigger"):
        order = trigger.annotations.get(ORDER)
        if order is None:
            continue
        if order not in ("ordered", "unordered"):
            yield trigger, f"metadata.annotations.{ORDER}", f"{order} is neither ordered nor unordered"
        elif index.class_of(trigger) == CHANNEL:
            yield trigger, f"metadata.annotations.{ORDER}", "a channel-based Broker knows no order"


@rule("unknown-broker-class", "warning", "a class of Broker that no controller serves", f"{KAFKA} or {CHANNEL}")
def find_unknown_broker_class(index: ObjectIndex) -> Violations:
    for broker in index.of_kinds("Broker"):
        broker_class = broker.annotations.get(CLASS, CHANNEL)
        if broker_class not in (KAFKA, CHANNEL, "RabbitMQBroker"):
            yield broker, f"metadata.annotations.{CLASS}", f"no controller is known for class {broker_class}"


def _iter_filters(filters: object, path: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Every filter of a list, and those inside them."""
    for position, each in enumerate(as_mappings(filters)):
        yield from _iter_filter(each, f"{path}[{position}]")


def _iter_filter(each: dict[str, object], path: str) -> Iterator[tuple[str, dict[str, object]]]:
    yield path, each
    for dialect in ("all", "any"):
        yield from _iter_filters(each.get(dialect), f"{path}.{dialect}")
    if "not" in each:
        yield from _iter_filter(as_mapping(each["not"]), f"{path}.not")
