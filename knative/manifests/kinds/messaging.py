"""Reads Channel, Subscription and Sequence."""

from __future__ import annotations

from knative.manifests.fields import Fields
from knative.manifests.kinds import common
from knative.manifests.model import BrokerClass, Channel, Delivery, Name, Sequence, Step, Subscription

DATA_PLANES = {"InMemoryChannel": BrokerClass.CHANNEL, "KafkaChannel": BrokerClass.KAFKA}
"""By the kind of the channel that a template makes."""


def channel(fields: Fields) -> Channel:
    """A Channel of either kind."""
    name, _ = common.metadata(fields)
    spec = fields.section("spec")
    data_plane, of_template = _template(spec, name.namespace)
    parsed = Channel(name=name, data_plane=data_plane, delivery=common.delivery(spec, name.namespace) or of_template)
    spec.close()
    return parsed


def subscription(fields: Fields) -> Subscription:
    """Read a Subscription: the subscriber of a Channel."""
    name, _ = common.metadata(fields)
    spec = fields.section("spec", required=True)
    of = common.ref(spec.section("channel", required=True), name.namespace)
    if of.kind != "Channel":
        spec.refuse("channel", f"kind {of.kind!r} is not served here; Channel is")
    parsed = Subscription(
        name=name,
        # A Subscription and its Channel share a namespace.
        channel=Name(namespace=name.namespace, name=of.name.name),
        subscriber=common.destination(spec.section("subscriber", required=True), name.namespace),
        reply=common.destination(spec.section("reply"), name.namespace) if "reply" in spec else None,
        delivery=common.delivery(spec, name.namespace),
    )
    spec.close()
    return parsed


def sequence(fields: Fields) -> Sequence:
    """Steps one after the other."""
    name, _ = common.metadata(fields)
    spec = fields.section("spec", required=True)
    data_plane, of_template = _template(spec, name.namespace)
    steps = spec.sections("steps", required=True)
    parsed = Sequence(
        name=name,
        steps=tuple(_step(each, name.namespace) for each in steps),
        data_plane=data_plane,
        channel_delivery=of_template,
        reply=common.destination(spec.section("reply"), name.namespace) if "reply" in spec else None,
    )
    spec.close()
    return parsed


def _step(fields: Fields, namespace: str) -> Step:
    # `delivery` stands among the fields of the destination, which have to be all that is left.
    own = common.delivery(fields, namespace)
    return Step(subscriber=common.destination(fields, namespace), delivery=own)


def _template(spec: Fields, namespace: str) -> tuple[BrokerClass, Delivery | None]:
    """The data plane that `channelTemplate` chooses, and the `delivery` it gives each channel."""
    template = spec.section("channelTemplate")
    template.text("apiVersion", "")
    data_plane = template.one_of("kind", DATA_PLANES, "InMemoryChannel")
    if data_plane is BrokerClass.CHANNEL:
        spec.note("storage", common.DURABLE)
    inner = template.section("spec")
    inner.ignore("EVENT_LOG_URL names the log", "numPartitions", "replicationFactor", "retentionDuration")
    own = common.delivery(inner, namespace)
    inner.close()
    template.close()
    return data_plane, own
