"""Manifests for tests, as small as they can be: every subscriber is an address, so nothing else has to be there."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

NAMESPACE = "conformance"
CLASSES = ("MTChannelBasedBroker", "Kafka")
CHANNELS = ("InMemoryChannel", "KafkaChannel")


def broker(broker_class: str, name: str = "default", *, namespace: str = NAMESPACE, **spec: Any) -> Object:
    """A Broker of a class."""
    annotations = {"eventing.knative.dev/broker.class": broker_class}
    return _object("eventing.knative.dev/v1", "Broker", name, namespace, spec, annotations=annotations)


def trigger(name: str, to: str | Object, *, broker: str = "default", namespace: str = NAMESPACE, **spec: Any) -> Object:
    """A Trigger that delivers to an address or a reference."""
    whole = {"broker": broker, "subscriber": place(to), **spec}
    return _object("eventing.knative.dev/v1", "Trigger", name, namespace, whole)


def channel(kind: str, name: str = "pipe", *, namespace: str = NAMESPACE, **spec: Any) -> Object:
    """A Channel whose template makes one of this kind."""
    version = "messaging.knative.dev/v1" if kind == "InMemoryChannel" else "messaging.knative.dev/v1beta1"
    template = {"apiVersion": version, "kind": kind}
    return _object("messaging.knative.dev/v1", "Channel", name, namespace, {"channelTemplate": template, **spec})


def subscription(
    name: str, to: str | Object, *, channel: str = "pipe", namespace: str = NAMESPACE, **spec: Any
) -> Object:
    """A Subscription that delivers to an address or a reference."""
    of = {"apiVersion": "messaging.knative.dev/v1", "kind": "Channel", "name": channel}
    whole = {"channel": of, "subscriber": place(to), **spec}
    return _object("messaging.knative.dev/v1", "Subscription", name, namespace, whole)


def sequence(kind: str, *steps: str | Object, reply: str | Object) -> Object:
    """A Sequence over channels of this kind, named ``chain``."""
    template = channel(kind)["spec"]["channelTemplate"]
    spec = {"channelTemplate": template, "steps": [place(step) for step in steps], "reply": place(reply)}
    return _object("flows.knative.dev/v1", "Sequence", "chain", NAMESPACE, spec)


def ping(sink: str | Object, **spec: Any) -> Object:
    """A PingSource, named ``clock``."""
    whole = {"schedule": "* * * * *", "sink": place(sink), **spec}
    return _object("sources.knative.dev/v1", "PingSource", "clock", NAMESPACE, whole)


def kafka_source(topic: str, to: str | Object, *, namespace: str = NAMESPACE, **spec: Any) -> Object:
    """A KafkaSource of one topic from its beginning, named ``rows``."""
    reads = {"bootstrapServers": ["b:9092"], "topics": [topic], "consumerGroup": topic, "initialOffset": "earliest"}
    return _object("sources.knative.dev/v1", "KafkaSource", "rows", namespace, {**reads, "sink": place(to), **spec})


def service(name: str) -> Object:
    """A Service."""
    template = {"spec": {"containers": [{"image": "example.org/fn"}]}}
    return _object("serving.knative.dev/v1", "Service", name, NAMESPACE, {"template": template})


def ref(kind: str, name: str) -> Object:
    """A destination that names an object."""
    group = {"Broker": "eventing", "Channel": "messaging", "Sequence": "flows", "Service": "serving"}[kind]
    return {"ref": {"apiVersion": f"{group}.knative.dev/v1", "kind": kind, "name": name}}


def place(to: str | Object) -> Object:
    """A destination: an address, or what `ref` made."""
    return {"uri": to} if isinstance(to, str) else to


def dead_letters_to(to: str | Object, **delivery: Any) -> Object:
    """A `delivery` with a dead-letter sink."""
    return {"deadLetterSink": place(to), **delivery}


def _object(
    api: str, kind: str, name: str, namespace: str, spec: Object, *, annotations: Object | None = None
) -> Object:
    metadata: Object = {"name": name, "namespace": namespace}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}
