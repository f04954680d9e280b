"""KafkaSource and KafkaSink. The webhook of KafkaSource does not look into ``delivery``."""

from __future__ import annotations

import uuid

from knative.admission import destinations
from knative.admission.decode import Fields
from knative.admission.field_errors import FieldErrors, go_list, invalid_value, missing_field, with_prefix


def default_kafka_source(source: Fields) -> None:
    """One ordered consumer from the latest offset, in a group of its own."""
    spec = source.setdefault("spec", {})
    namespace = source.get("metadata", {}).get("namespace", "")
    if not spec.get("consumerGroup"):
        spec["consumerGroup"] = f"knative-kafka-source-{uuid.uuid4()}"
    if not spec.get("initialOffset"):
        spec["initialOffset"] = "latest"
    spec.setdefault("consumers", 1)
    spec.setdefault("ordering", "ordered")
    destinations.default_destination(spec.get("sink"), namespace)
    destinations.default_delivery(spec.get("delivery"), namespace)


def validate_kafka_source(source: Fields) -> FieldErrors:
    """Topics, servers, a known offset and order, a sink."""
    spec = source["spec"]
    errors = destinations.source(spec)
    for field in ("topics", "bootstrapServers"):
        if not spec.get(field):
            errors += missing_field(field)
    if spec["initialOffset"] not in ("earliest", "latest"):
        errors += invalid_value(spec["initialOffset"], "initialOffset")
    if spec["ordering"] not in ("ordered", "unordered"):
        errors += invalid_value(spec["ordering"], "ordering")
    return with_prefix(errors, "spec")


def default_kafka_sink(sink: Fields) -> None:
    """Binary mode."""
    spec = sink.setdefault("spec", {})
    if not spec.get("contentMode"):
        spec["contentMode"] = "binary"


def validate_kafka_sink(sink: Fields) -> FieldErrors:
    """A topic, servers, a known mode, and positive counts."""
    spec = sink["spec"]
    errors: FieldErrors = []
    if spec["contentMode"] not in ("binary", "structured"):
        errors += invalid_value(spec["contentMode"], "contentMode")
    if not spec.get("bootstrapServers"):
        errors += invalid_value(go_list([]), "bootstrapServers")
    if not spec.get("topic"):
        errors += invalid_value("", "topic")
    for field in ("replicationFactor", "numPartitions"):
        if spec.get(field, 1) <= 0:
            errors += invalid_value(spec[field], field)
    return with_prefix(errors, "spec")
