"""Reads KafkaSource, PingSource and SinkBinding."""

from __future__ import annotations

import base64
import binascii
import json

from knative.local import schedules
from knative.local.fields import Fields
from knative.local.kinds import common
from knative.local.manifests import KafkaSource, Order, PingSource, SinkBinding


def kafka_source(fields: Fields) -> KafkaSource:
    """Topics that wake a sink."""
    name, annotations = common.metadata(fields, annotations={common.OUR_ORDER: ""})
    spec = fields.inner("spec", required=True)
    spec.ignore("EVENT_LOG_URL names the log", "bootstrapServers", "net")
    declared = spec.one_of("ordering", {"ordered": Order.ORDERED, "unordered": Order.UNORDERED}, "ordered")
    found = KafkaSource(
        name=name,
        topics=spec.texts("topics", required=True),
        # A cluster makes up a random group, which would read everything again after each restart here.
        consumer_group=spec.text("consumerGroup", f"knative-kafka-source-{name.namespace}-{name.name}"),
        consumers=spec.number("consumers", 1),
        start=spec.one_of("initialOffset", {"earliest": "earliest", "latest": "latest"}, "latest"),
        order=common.order(fields, declared, annotations[common.OUR_ORDER]),
        extensions=common.extensions(spec),
        sink=common.destination(spec.inner("sink", required=True), name.namespace),
        delivery=common.delivery(spec, name.namespace),
    )
    spec.close()
    return found


def ping_source(fields: Fields) -> PingSource:
    """A schedule that wakes a sink."""
    name, _ = common.metadata(fields)
    spec = fields.inner("spec", required=True)
    schedule, timezone = spec.text("schedule", "* * * * *"), spec.text("timezone", "UTC")
    try:
        schedules.check(schedule, timezone)
    except ValueError as exc:
        spec.refuse("schedule", str(exc))
    content_type = spec.text("contentType", "")
    found = PingSource(
        name=name,
        schedule=schedule,
        timezone=timezone,
        content_type=content_type,
        data=_data(spec, content_type),
        extensions=common.extensions(spec),
        sink=common.destination(spec.inner("sink", required=True), name.namespace),
    )
    spec.close()
    return found


def sink_binding(fields: Fields) -> SinkBinding:
    """The address a Service posts its events to."""
    name, _ = common.metadata(fields)
    spec = fields.inner("spec", required=True)
    subject = spec.inner("subject", required=True)
    if "selector" in subject:
        subject.refuse("selector", "name the subject; selectors are not served yet")
    found = SinkBinding(
        name=name,
        subject=common.ref(subject, name.namespace),
        sink=common.destination(spec.inner("sink", required=True), name.namespace),
        extensions=common.extensions(spec),
    )
    spec.close()
    return found


def _data(spec: Fields, content_type: str) -> bytes:
    """The payload of `data` or `dataBase64`; JSON has to be an object, as the webhook demands."""
    if "data" in spec and "dataBase64" in spec:
        spec.refuse("dataBase64", "there is data as well")
    if "dataBase64" in spec:
        try:
            data = base64.b64decode(spec.text("dataBase64"), validate=True)
        except (binascii.Error, ValueError):
            spec.refuse("dataBase64", "is not base64")
            return b""
    else:
        data = spec.text("data", "").encode()
    if content_type == "application/json" and data:
        try:
            is_object = isinstance(json.loads(data), dict)
        except ValueError:
            is_object = False
        if not is_object:
            spec.refuse("data", "is not a JSON object")
    return data
