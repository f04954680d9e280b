"""Channels, Subscriptions and Sequences over both kinds of channel."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from knative.admission import admit
from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message.message import Message
from knative.manifests.errors import InvalidManifests
from shared.adapters.memory.event_log import MemoryLog
from tests.support.eventing.data_plane import loaded, running, scripted
from tests.support.eventing.doubles import make_event
from tests.support.eventing.manifests import (
    CHANNELS,
    CLASSES,
    NAMESPACE,
    broker,
    channel,
    dead_letters_to,
    ping,
    ref,
    sequence,
    subscription,
    trigger,
)
from tests.support.eventing.network import Subscriber, replying

PIPE = f"/channels/{NAMESPACE}/pipe"


def appending(text: bytes) -> Subscriber:
    """Replies with the event it got, its data made longer."""

    def reply(event: Message) -> Response:
        headers, body = event.request()
        return Response(status=200, headers=headers, body=body + text)

    return reply


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.conforms("channel-all-subscribers", "channel-same-subscriber-twice", "channel-subscriber-uri")
def test_every_subscription_delivers_also_two_to_one_subscriber(tmp_path: Path, kind: str) -> None:
    objects = [channel(kind), subscription("a", "http://one/"), subscription("b", "http://one/")]
    with running(tmp_path, [*objects, subscription("c", "http://other/")], MemoryLog()) as plane:
        plane.post(PIPE, make_event("1"))
        plane.settle()
        assert sorted(to for to, _ in plane.got) == ["http://one/", "http://one/", "http://other/"]


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.conforms("channel-unaltered", "channel-all-subscribers", "destination-ref")
def test_channels_in_a_row_relay_an_event(tmp_path: Path, kind: str) -> None:
    names = [f"pipe-{number}" for number in range(5)]
    objects = [channel(kind, name) for name in names]
    objects += [subscription(name, ref("Channel", after), channel=name) for name, after in pairwise(names)]
    objects.append(subscription("last", "http://sink/", channel=names[-1]))
    with running(tmp_path, objects, MemoryLog()) as plane:
        event = make_event("1", b"data", subject="s")
        plane.post(f"/channels/{NAMESPACE}/{names[0]}", event)
        plane.settle()
        assert [(got.attributes, got.data) for _, got in plane.got] == [(event.attributes, event.data)]


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.conforms("subscription-reply", "destination-ref")
def test_what_a_subscriber_replies_goes_to_the_reply(tmp_path: Path, kind: str) -> None:
    objects = [
        channel(kind),
        subscription("transforms", "http://transforms/", reply=ref("Channel", "second")),
        channel(kind, "second"),
        subscription("reads", "http://sink/", channel="second"),
    ]
    with running(tmp_path, objects, MemoryLog(), {"http://transforms/": replying("transformed")}) as plane:
        for number in range(3):
            plane.post(PIPE, make_event(str(number)))
        plane.settle()
        got = [(event.id, event.attributes["type"]) for to, event in plane.got if to == "http://sink/"]
        assert sorted(got) == [(f"{number}+", "transformed") for number in range(3)]


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.conforms("subscription-reply-dropped", "delivery-unasked-reply")
def test_without_a_reply_what_the_subscriber_replies_is_dropped(tmp_path: Path, kind: str) -> None:
    objects = [channel(kind), subscription("s", "http://replies/", delivery=dead_letters_to("http://letters/"))]
    with running(tmp_path, objects, MemoryLog(), {"http://replies/": replying()}) as plane:
        plane.post(PIPE, make_event("1"))
        plane.settle()
        assert [to for to, _ in plane.got] == ["http://replies/"]
        assert plane.status()["subscriptions"]["s"]["delivered"] == 1


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.conforms("subscription-reply-retried", "subscription-delivery")
def test_a_reply_that_is_not_taken_is_tried_again_and_then_dead_lettered(tmp_path: Path, kind: str) -> None:
    delivery = dead_letters_to("http://letters/", retry=2)
    objects = [channel(kind), subscription("s", "http://replies/", reply={"uri": "http://next/"}, delivery=delivery)]
    subscribers = {"http://replies/": replying(), "http://next/": scripted(503)}
    with running(tmp_path, objects, MemoryLog(), subscribers) as plane:
        plane.post(PIPE, make_event("1"))
        plane.settle()
        assert plane.ids("http://replies/") == ["1"]
        assert plane.ids("http://next/") == ["1+"] * 3
        assert len(plane.ids("http://letters/")) == 1


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.conforms("sequence-order", "sequence-reply", "ping-sequence")
def test_a_tick_goes_through_the_steps_of_a_sequence_in_order(tmp_path: Path, kind: str) -> None:
    steps = [f"http://step{number}/" for number in (1, 2, 3)]
    objects = [
        sequence(kind, *steps, reply="http://sink/"),
        ping(ref("Sequence", "chain"), contentType="text/plain", data="begun"),
    ]
    subscribers = {url: appending(f"-step{number}".encode()) for number, url in enumerate(steps, 1)}
    with running(tmp_path, objects, MemoryLog(), subscribers) as plane:
        plane.tick()
        plane.settle()
        assert [to for to, _ in plane.got] == [*steps, "http://sink/"]
        last = plane.got[-1][1]
        assert (last.data, last.attributes["datacontenttype"]) == (b"begun-step1-step2-step3", "text/plain")
        assert last.attributes["type"] == "dev.knative.sources.ping"


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("destination-ref", "sequence-reply", "broker-reply-published")
def test_a_sequence_may_reply_to_a_broker_that_another_trigger_reads(tmp_path: Path, broker_class: str) -> None:
    objects = [
        broker(broker_class),
        trigger("begins", ref("Sequence", "chain"), filter={"attributes": {"type": "begun"}}),
        trigger("ends", "http://sink/", filter={"attributes": {"type": "done"}}),
        sequence("InMemoryChannel", "http://step/", reply=ref("Broker", "default")),
    ]
    with running(tmp_path, objects, MemoryLog(), {"http://step/": replying("done")}) as plane:
        plane.post(f"/{NAMESPACE}/default", make_event("1", type="begun"))
        plane.settle()
        assert plane.ids("http://sink/") == ["1+"]


# What cannot be said, and what is made of what is not said.


@pytest.mark.conforms("subscription-one-of")
def test_a_subscription_without_a_subscriber_is_refused() -> None:
    nobody = subscription("s", {})
    del nobody["spec"]["subscriber"]
    assert "the Subscription must reference a subscriber" in str(admit(nobody))


@pytest.mark.conforms("subscription-same-namespace")
def test_the_channel_of_a_subscription_cannot_be_in_another_namespace() -> None:
    elsewhere = subscription("s", "http://sink/")
    elsewhere["spec"]["channel"]["namespace"] = "elsewhere"
    assert admit(elsewhere).refused


@pytest.mark.conforms("subscription-missing-channel", "subscription-unresolved")
def test_a_subscription_that_leads_nowhere_keeps_the_data_plane_from_starting(tmp_path: Path) -> None:
    lost = subscription("s", ref("Service", "ghost"), delivery=dead_letters_to(ref("Channel", "letters")))
    with pytest.raises(InvalidManifests) as caught:
        loaded(tmp_path, lost)
    refusal = str(caught.value)
    for missing in ("Channel conformance/pipe", "Service conformance/ghost", "Channel conformance/letters"):
        assert f"Subscription conformance/s: no {missing}" in refusal


@pytest.mark.conforms("channel-annotation")
def test_a_channel_is_annotated_with_the_version_of_its_duck_type() -> None:
    assert admit(channel("InMemoryChannel")).defaulted["metadata"]["annotations"] == {
        "messaging.knative.dev/subscribable": "v1"
    }


@pytest.mark.conforms("channel-subscribers-own")
def test_nobody_writes_subscribers_into_a_channel() -> None:
    crowded = channel("InMemoryChannel", subscribers=[{"uid": "1", "subscriberUri": "http://sink/"}])
    assert admit(crowded).refused
