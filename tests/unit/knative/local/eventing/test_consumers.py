"""The whole data plane over the log in memory, from manifests to subscribers: who gets what, and where replies go."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.ingress import endpoints
from knative.local.eventing.message.message import Message
from knative.local.eventing.process import consumers
from knative.local.eventing.process.app import Eventing
from knative.manifests.kinds import loader
from knative.manifests.model import Order
from knative.manifests.references import References
from shared.adapters.memory.event_log import MemoryLog
from tests.support.eventing.doubles import HandClock, ListTrace, make_event
from tests.support.eventing.network import EVENTING, FUNCTIONS, Cluster, Subscriber, replying

SERVICES = "".join(
    f"""
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {{name: {name}, namespace: touchline}}
spec: {{template: {{spec: {{containers: [{{image: example.org/fn}}]}}}}}}
---"""
    for name in ("first", "second", "letters")
)
FLOW = """
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata:
  name: default
  namespace: touchline
  annotations: {eventing.knative.dev/broker.class: CLASS}
---
apiVersion: flows.knative.dev/v1
kind: Sequence
metadata: {name: chain, namespace: touchline}
spec:
  channelTemplate: {apiVersion: messaging.knative.dev/v1, kind: InMemoryChannel}
  steps:
    - ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: first}
    - ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: second}
      delivery:
        deadLetterSink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: letters}}
  reply: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}}
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: a, namespace: touchline}
spec:
  broker: default
  subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: letters}, uri: /a}
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: b, namespace: touchline}
spec:
  broker: default
  subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: letters}, uri: /b}
"""


def play(
    folder: Path, text: str, to: str, event: Message, subscribers: Mapping[str, Subscriber], *, expected: int
) -> Cluster:
    """Post one event to an address and wait until so many requests have come to subscribers, and no more."""
    (folder / "all.yaml").write_text(SERVICES + text)
    loaded = loader.load(folder)
    cluster = Cluster(subscribers)

    async def run() -> None:
        eventing = cluster.eventing = Eventing(
            loaded,
            log=MemoryLog(),
            references=References(loaded, functions_url=FUNCTIONS, eventing_url=EVENTING),
            http_client=cluster,
            clock=HandClock(),
            trace=ListTrace(),
        )
        eventing.start()
        headers, body = event.request()
        assert (await cluster.post(EVENTING + to, headers, body, timeout_s=None)).status == 202
        try:
            async with asyncio.timeout(10):
                while len(cluster.got) < expected or await _is_busy(eventing):
                    await asyncio.sleep(0.005)
        finally:
            await eventing.stop(grace_s=1)

    asyncio.run(run())
    assert len(cluster.got) == expected
    return cluster


async def _is_busy(eventing: Eventing) -> bool:
    counts_of_kinds = await eventing.status()
    return any(counts.get("lag", 0) for kind in counts_of_kinds.values() for counts in kind.values())


@pytest.mark.conforms("sequence-order", "sequence-reply", "broker-same-subscriber-twice")
def test_a_sequence_feeds_each_step_with_the_reply_of_the_one_before_and_replies_to_the_broker(tmp_path: Path) -> None:
    path = "/channels/touchline/chain-kn-sequence-0"
    subscribers = {"first/": replying(), "second/": replying(type="done")}
    got = play(tmp_path, FLOW.replace("CLASS", "Kafka"), path, make_event("e"), subscribers, expected=4).got
    assert [(name, event.id) for name, event in got[:2]] == [("first/", "e"), ("second/", "e+")]
    # The same sink stands behind two Triggers, so it gets the event twice.
    assert Counter((name, event.id) for name, event in got[2:]) == {("letters/a", "e++"): 1, ("letters/b", "e++"): 1}


@pytest.mark.conforms("sequence-ends")
def test_a_step_that_answers_nothing_ends_its_sequence(tmp_path: Path) -> None:
    path = "/channels/touchline/chain-kn-sequence-0"
    got = play(tmp_path, FLOW.replace("CLASS", "Kafka"), path, make_event("e"), {}, expected=1).got
    assert [name for name, _ in got] == ["first/"]


@pytest.mark.conforms("sequence-step-delivery", "subscription-delivery")
def test_a_step_has_a_delivery_of_its_own(tmp_path: Path) -> None:
    path = "/channels/touchline/chain-kn-sequence-0"
    subscribers = {"first/": replying(), "second/": lambda _: Response(status=400, body=b"no")}
    got = play(tmp_path, FLOW.replace("CLASS", "Kafka"), path, make_event("e"), subscribers, expected=3).got
    name, letter = got[2]
    assert (name, letter.id) == ("letters/", "e+")
    assert letter.attributes["knativeerrordest"] == f"{FUNCTIONS}/touchline/second/"


@pytest.mark.conforms("route-reply-all-triggers", "broker-reply-published", "route-loops")
def test_a_reply_is_offered_to_all_triggers_its_producer_included_until_no_hop_is_left(tmp_path: Path) -> None:
    event = make_event("e", knativebrokerttl="4")
    text = FLOW.replace("CLASS", "MTChannelBasedBroker")
    cluster = play(tmp_path, text, "/touchline/default", event, {"letters/a": replying()}, expected=6)
    # Stored with 3 hops left, then its reply with 2, then with 1; the next reply is refused.
    due = {(f"letters/{trigger}", "e" + "+" * n): 1 for trigger in "ab" for n in range(3)}
    assert Counter((name, event.id) for name, event in cluster.got) == due
    assert all("knativebrokerttl" not in event.attributes for _, event in cluster.got)
    assert all("knativearrivaltime" in event.attributes for _, event in cluster.got)


@pytest.mark.conforms("channel-all-subscribers", "channel-subscriber-uri")
def test_a_channel_hands_each_event_to_all_its_subscriptions(tmp_path: Path) -> None:
    text = """
apiVersion: messaging.knative.dev/v1
kind: Channel
metadata: {name: pipe, namespace: touchline}
""" + "".join(
        f"""---
apiVersion: messaging.knative.dev/v1
kind: Subscription
metadata: {{name: {name}, namespace: touchline}}
spec:
  channel: {{apiVersion: messaging.knative.dev/v1, kind: Channel, name: pipe}}
  subscriber: {{ref: {{apiVersion: serving.knative.dev/v1, kind: Service, name: {name}}}}}
"""
        for name in ("first", "second")
    )
    got = play(tmp_path, text, "/channels/touchline/pipe", make_event("e"), {}, expected=2).got
    assert sorted((name, event.id) for name, event in got) == [("first/", "e"), ("second/", "e")]


@pytest.mark.parametrize(
    ("broker_class", "annotation", "order"),
    [
        ("Kafka", "", Order.UNORDERED),
        ("Kafka", "kafka.eventing.knative.dev/delivery.order: ordered", Order.ORDERED),
        ("MTChannelBasedBroker", "kafka.eventing.knative.dev/delivery.order: ordered", Order.UNORDERED),
        ("MTChannelBasedBroker", "touchline.io/delivery.order: per-key", Order.PER_KEY),
    ],
)
def test_order_is_the_kafka_brokers_to_keep_and_lanes_by_key_are_anybodys(
    tmp_path: Path, broker_class: str, annotation: str, order: Order
) -> None:
    ordered = f"metadata: {{name: a, namespace: touchline, annotations: {{{annotation}}}}}"
    text = FLOW.replace("CLASS", broker_class).replace("metadata: {name: a, namespace: touchline}", ordered)
    (tmp_path / "all.yaml").write_text(SERVICES + text)
    loaded = loader.load(tmp_path)
    places = References(loaded, functions_url=FUNCTIONS, eventing_url=EVENTING)
    by_path = {endpoint.path: endpoint for endpoint in endpoints.from_manifests(loaded, places)}
    by_name = {consumer.name.name: consumer for consumer in consumers.build_consumers(loaded, places, by_path)}
    assert [reading.order for reading in by_name["a"].configs] == [order]
