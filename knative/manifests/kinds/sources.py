"""Reads KafkaSource, PingSource and SinkBinding."""

from __future__ import annotations

import base64

from knative.manifests import schedules
from knative.manifests.fields import Fields
from knative.manifests.kinds import common
from knative.manifests.model import KafkaSource, KeyType, Name, Order, PingSource, SinkBinding, Subject
from knative.manifests.selectors import OPERATORS, Requirement, Selector

KEY_TYPE = "kafkasources.sources.knative.dev/key-type"
_SCALED = "nothing scales here; nor on a cluster, unless its KEDA controller is switched on"
SCALING = {"autoscaling.knative.dev": _SCALED, "keda.autoscaling.knative.dev": _SCALED}


def kafka_source(fields: Fields) -> KafkaSource:
    """Topics that wake a sink."""
    name, annotations = common.metadata(
        fields,
        annotations={common.OUR_ORDER: ""},
        labels={KEY_TYPE: KeyType.TEXT.value},
        harmless=SCALING,
    )
    spec = fields.section("spec", required=True)
    spec.ignore("EVENT_LOG_URL names the log", "bootstrapServers")
    spec.ignore("EVENT_LOG_URL says how to reach the log: no key, certificate or password is asked for", "net")
    declared = spec.one_of("ordering", {"ordered": Order.ORDERED, "unordered": Order.UNORDERED}, "ordered")
    order = common.order(fields, declared, annotations[common.OUR_ORDER])
    parsed = KafkaSource(
        name=name,
        topics=spec.texts("topics", required=True),
        consumer_group=_consumer_group(spec, name),
        consumers=_consumers(spec, order),
        start=spec.one_of("initialOffset", {"earliest": "earliest", "latest": "latest"}, "latest"),
        order=order,
        key_type=_key_type(fields, annotations[KEY_TYPE]),
        extensions=common.extensions(spec, is_source=True),
        sink=common.destination(spec.section("sink", required=True), name.namespace),
        delivery=common.delivery(spec, name.namespace),
    )
    spec.close()
    return parsed


def _consumer_group(spec: Fields, name: Name) -> str:
    """A cluster makes up a random group once, when the object is created, and then keeps it; so does this name."""
    made_up = f"knative-kafka-source-{name.namespace}-{name.name}"
    if "consumerGroup" not in spec:
        spec.note("consumerGroup", f"not given: {made_up}, which remembers over restarts what was read")
    return spec.text("consumerGroup", made_up)


def _consumers(spec: Fields, order: Order) -> int:
    n_consumers = spec.number("consumers", 1)
    if n_consumers == 0:
        spec.note("consumers", "0: nothing is read")
    if n_consumers > 1 and order is not Order.UNORDERED:
        spec.note("consumers", f"{n_consumers}: one reads, so that order is kept, and delivers its lanes side by side")
    return n_consumers


def _key_type(fields: Fields, text: str) -> KeyType:
    """Return the type of keys; a cluster reads keys of an unknown type as text, too."""
    known = {each.value: each for each in KeyType}
    if text not in known:
        fields.note(f"metadata.labels.{KEY_TYPE}", f"{text!r} is not among {', '.join(known)}: keys are read as text")
    return known.get(text, KeyType.TEXT)


def ping_source(fields: Fields) -> PingSource:
    """A schedule that wakes a sink."""
    name, _ = common.metadata(fields)
    spec = fields.section("spec", required=True)
    schedule = spec.text("schedule", "") or "* * * * *"
    if "timezone" not in spec:
        spec.note("timezone", "not given: UTC, as in a container")
    timezone = spec.text("timezone", "")
    try:
        schedules.check(schedule, timezone)
    except ValueError as exc:
        spec.refuse("schedule", str(exc))
    content_type = spec.text("contentType", "")
    parsed = PingSource(
        name=name,
        schedule=schedule,
        timezone=timezone,
        content_type=content_type,
        data=_data(spec),
        extensions=common.extensions(spec, is_source=True),
        sink=common.destination(spec.section("sink", required=True), name.namespace),
    )
    spec.close()
    return parsed


def sink_binding(fields: Fields) -> SinkBinding:
    """The address Services post their events to."""
    name, _ = common.metadata(fields)
    spec = fields.section("spec", required=True)
    parsed = SinkBinding(
        name=name,
        subject=_subject(spec.section("subject", required=True), name.namespace),
        sink=common.destination(spec.section("sink", required=True), name.namespace),
        extensions=common.extensions(spec),
    )
    spec.close()
    return parsed


def _subject(fields: Fields, namespace: str) -> Subject:
    kind = f"{fields.text('kind')} of {fields.text('apiVersion')}"
    if not kind.startswith("Service of serving.knative.dev/"):
        fields.refuse("kind", f"{kind}: only Services of Knative are run here")
    fields.text("namespace", namespace)
    parsed = Subject(namespace=namespace, name=fields.text("name", ""), selector=_selector(fields.section("selector")))
    fields.close()
    return parsed


def _selector(fields: Fields) -> Selector:
    requirements = []
    labels = fields.named_texts("matchLabels")
    for each in fields.sections("matchExpressions"):
        operator = each.one_of("operator", {name: name for name in OPERATORS}, "Exists")
        requirements.append(Requirement(key=each.text("key"), operator=operator, values=each.texts("values")))
        each.close()
    fields.close()
    return Selector(labels=labels, requirements=tuple(requirements))


def _data(spec: Fields) -> bytes:
    """The payload of `data` or `dataBase64`."""
    plain, encoded = spec.text("data", ""), spec.text("dataBase64", "")
    return base64.b64decode(encoded) if encoded else plain.encode()
