"""Channels, Subscriptions and Sequences as manifests: what is read, and what a Sequence becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from knative.manifests import report
from knative.manifests.model import BrokerClass, Delivery, Destination, Name, Ref, Subscription
from tests.support.eventing.manifest_folders import faults, load

SERVICE = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: sink, namespace: touchline}
spec: {template: {spec: {containers: [{image: example.org/fn}]}}}
"""
CHANNEL = """
apiVersion: messaging.knative.dev/v1
kind: Channel
metadata: {name: pipe, namespace: touchline}
spec: {channelTemplate: {apiVersion: messaging.knative.dev/v1, kind: InMemoryChannel}}
"""
SUBSCRIPTION = """
apiVersion: messaging.knative.dev/v1
kind: Subscription
metadata: {name: s, namespace: touchline}
spec:
  channel: {apiVersion: messaging.knative.dev/v1, kind: Channel, name: pipe}
  subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: sink}, uri: /a}
  reply: {ref: {apiVersion: messaging.knative.dev/v1, kind: Channel, name: pipe}}
  delivery: {retry: 2, backoffPolicy: linear, backoffDelay: PT1S, format: json}
"""
SEQUENCE = """
apiVersion: flows.knative.dev/v1
kind: Sequence
metadata: {name: chain, namespace: touchline}
spec:
  channelTemplate:
    apiVersion: messaging.knative.dev/v1beta1
    kind: KafkaChannel
    spec: {numPartitions: 3, replicationFactor: 1, delivery: {retry: 5}}
  steps:
    - ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: sink}
      uri: /first
      delivery: {retry: 1}
    - uri: http://elsewhere/second
  reply: {ref: {apiVersion: messaging.knative.dev/v1, kind: Channel, name: pipe}}
"""


def name(text: str) -> Name:
    return Name(namespace="touchline", name=text)


@pytest.mark.conforms("subscription-delivery")
def test_a_channel_and_its_subscription_load(tmp_path: Path) -> None:
    result = load(tmp_path, SERVICE, CHANNEL, SUBSCRIPTION)
    assert [(each.name, each.data_plane) for each in result.channels] == [(name("pipe"), BrokerClass.CHANNEL)]
    assert result.subscriptions == (
        Subscription(
            name=name("s"),
            channel=name("pipe"),
            subscriber=Destination(ref=Ref(kind="Service", name=name("sink")), uri="/a"),
            reply=Destination(ref=Ref(kind="Channel", name=name("pipe"))),
            delivery=Delivery(retry=2, backoff_policy="linear", backoff_delay_s=1, structured=True),
        ),
    )


def test_a_channel_without_a_template_is_in_memory_on_a_cluster_and_kept_here(tmp_path: Path) -> None:
    result = load(tmp_path, CHANNEL[: CHANNEL.index("spec:")])
    assert result.channels[0].data_plane is BrokerClass.CHANNEL
    assert any("Channel storage: events are kept in EVENT_LOG_URL" in line for line in report.format_report(result))


def test_a_sequence_becomes_a_channel_and_a_subscription_for_each_step(tmp_path: Path) -> None:
    result = load(tmp_path, SERVICE, CHANNEL, SEQUENCE)
    document = [name("chain-kn-sequence-0"), name("chain-kn-sequence-1")]
    assert [each.name for each in result.channels] == [name("pipe"), *document]
    assert {each.data_plane for each in result.channels[1:]} == {BrokerClass.KAFKA}
    assert {each.delivery for each in result.channels[1:]} == {Delivery(retry=5)}
    assert [(each.name, each.channel) for each in result.subscriptions] == [
        (document[0], document[0]),
        (document[1], document[1]),
    ]
    first, second = result.subscriptions
    assert first.subscriber == Destination(ref=Ref(kind="Service", name=name("sink")), uri="/first")
    assert first.reply == Destination(ref=Ref(kind="Channel", name=document[1]))
    assert (first.delivery, second.delivery) == (Delivery(retry=1), None)
    assert second.reply == Destination(ref=Ref(kind="Channel", name=name("pipe")))


@pytest.mark.conforms("subscription-missing-channel", "subscription-unresolved")
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: sink}, uri: /a", "name: ghost}, uri: /a", "Subscription touchline/s: no Service touchline/ghost"),
        (
            "kind: Channel, name: pipe}\n  subscriber",
            "kind: Channel, name: gone}\n  subscriber",
            "no Channel touchline/gone",
        ),
        ("kind: Channel, name: pipe}\n  subscriber", "kind: Broker, name: b}\n  subscriber", "is not served here"),
        ("uri: /a", "uri: http://x/a", "Absolute URI is not allowed when Ref"),
        ("format: json", "format: xml", "invalid value: xml: spec.delivery.format"),
        ("retry: 2", "retryAfterMax: PT1S", "must not set the field(s): spec.delivery.retryAfterMax"),
    ],
)
def test_what_a_subscription_cannot_say_is_faults(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in SUBSCRIPTION
    assert told in faults(tmp_path, SERVICE, CHANNEL, SUBSCRIPTION.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: KafkaChannel", "kind: NatsChannel", "'NatsChannel' is not among"),
        ("uri: http://elsewhere/second", "uri: second", "spec.steps[1] refused: invalid value"),
        ("uri: /first", "uri: /first\n      name: x", "steps[0].name refused"),
        (
            "kind: Channel, name: pipe",
            "kind: Channel, name: gone",
            "Subscription touchline/chain-kn-sequence-1: no Channel",
        ),
    ],
)
def test_what_a_sequence_cannot_say_is_faults(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in SEQUENCE
    assert told in faults(tmp_path, SERVICE, CHANNEL, SEQUENCE.replace(old, new))


def test_a_sequence_without_steps_is_faults(tmp_path: Path) -> None:
    empty = SEQUENCE[: SEQUENCE.index("  steps:")] + "  steps: []\n"
    assert "spec.steps refused: missing field(s): spec.steps" in faults(tmp_path, empty)


def test_a_parallel_is_refused_loudly(tmp_path: Path) -> None:
    output = faults(tmp_path, SEQUENCE.replace("kind: Sequence", "kind: Parallel"))
    assert "kind Parallel of flows.knative.dev/v1 is not run here" in output


@pytest.mark.parametrize(("broker_class", "told"), [("MTChannelBasedBroker", True), ("Kafka", False)])
def test_the_channel_broker_says_that_it_keeps_events_durably(tmp_path: Path, broker_class: str, told: bool) -> None:
    broker = (
        "apiVersion: eventing.knative.dev/v1\nkind: Broker\n"
        f"metadata: {{name: b, annotations: {{eventing.knative.dev/broker.class: {broker_class}}}}}\n"
    )
    lines = report.format_report(load(tmp_path, broker))
    assert any("Broker storage: events are kept in EVENT_LOG_URL" in line for line in lines) == told
