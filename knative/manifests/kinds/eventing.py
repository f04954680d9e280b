"""Reads Broker, Trigger and KafkaSink."""

from __future__ import annotations

from knative.admission.eventing import CLASS
from knative.manifests.fields import Fields
from knative.manifests.kinds import common, filters
from knative.manifests.model import Broker, BrokerClass, KafkaSink, Name, Order, Trigger

ORDER = "kafka.eventing.knative.dev/delivery.order"


def broker(fields: Fields) -> Broker:
    """A Broker; its class comes from the annotation."""
    name, annotations = common.metadata(fields, annotations={CLASS: BrokerClass.CHANNEL.value})
    classes = {each.value: each for each in BrokerClass}
    if annotations[CLASS] not in classes:
        fields.refuse("metadata.annotations", f"{CLASS}: {annotations[CLASS]!r} is not among {', '.join(classes)}")
    if annotations[CLASS] == BrokerClass.CHANNEL.value:
        fields.note("storage", common.DURABLE)
    spec = fields.section("spec")
    spec.ignore("EVENT_LOG_URL names the log that keeps the events", "config")
    parsed = Broker(
        name=name,
        broker_class=classes.get(annotations[CLASS], BrokerClass.CHANNEL),
        delivery=common.delivery(spec, name.namespace),
    )
    spec.close()
    return parsed


def trigger(fields: Fields) -> Trigger:
    """A Trigger, and what it filters by."""
    name, annotations = common.metadata(
        fields, annotations={ORDER: "unordered", common.OUR_ORDER: "", common.OUR_EMITS: ""}
    )
    if annotations[ORDER] not in {"ordered", "unordered"}:
        fields.refuse("metadata.annotations", f"{ORDER}: expected ordered or unordered")
    if annotations[ORDER] == "ordered":
        fields.note(f"metadata.annotations.{ORDER}", "kept by the Kafka broker; the channel broker knows no order")
    spec = fields.section("spec", required=True)
    if "brokerRef" in spec:
        spec.refuse("brokerRef", "needs a feature flag that is off by default")
    attributes, items = filters.read(spec)
    parsed = Trigger(
        name=name,
        broker=Name(namespace=name.namespace, name=spec.text("broker")),
        attributes=attributes,
        filters=items,
        order=common.order(
            fields,
            Order.ORDERED if annotations[ORDER] == "ordered" else Order.UNORDERED,
            annotations[common.OUR_ORDER],
        ),
        subscriber=common.destination(spec.section("subscriber", required=True), name.namespace),
        delivery=common.delivery(spec, name.namespace),
    )
    spec.close()
    return parsed


def kafka_sink(fields: Fields) -> KafkaSink:
    """A topic as a destination."""
    name, _ = common.metadata(fields)
    spec = fields.section("spec", required=True)
    spec.ignore("EVENT_LOG_URL names the log", "bootstrapServers", "auth", "replicationFactor")
    parsed = KafkaSink(
        name=name,
        topic=spec.text("topic"),
        partitions=spec.number("numPartitions", 1, minimum=1),
        structured=spec.one_of("contentMode", {"binary": False, "structured": True}, "binary"),
    )
    spec.close()
    return parsed
