"""One event on its way: attempts and waits by the clock, replies, dead letters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.policy import Policy, Response
from knative.local.eventing.delivery.runner import DeliveryRunner, DeliveryTarget, ShutdownRequested
from knative.local.eventing.ingress.endpoints import IngressEndpoint
from knative.local.eventing.message import hop_limit, message
from knative.local.eventing.message.message import Message
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.manifests.model import BrokerClass, Name
from knative.manifests.references import Address, Topic
from shared.adapters.memory.event_log import MemoryLog
from shared.events import tracing
from tests.support.eventing.doubles import HandClock, ListTrace, ScriptedSink, make_event

SINK = Name(namespace="touchline", name="sink")
LETTERS = Topic(name="letters", url="http://kafka-sink/letters")
TRACE = tracing.trace_of_event("/cause", "0")
ADDRESS = Address(url="http://sink/", service=SINK)


def a_broker(broker_class: BrokerClass = BrokerClass.KAFKA) -> IngressEndpoint:
    return IngressEndpoint(
        label="Broker touchline/default",
        url="http://broker/touchline/default",
        topic="broker",
        data_plane=broker_class,
        counts_hops=broker_class is BrokerClass.CHANNEL,
    )


class Scene:
    """A courier with doubles around it."""

    def __init__(self, sink: ScriptedSink) -> None:
        self.log, self.clock, self.journal, self.sink = MemoryLog(), HandClock(), ListTrace(), sink
        self.log.ensure_topic("letters", partitions=1)
        self.log.ensure_topic("broker", partitions=1)
        self.writer = LogWriter(self.log, {})
        self.courier = DeliveryRunner(http_client=sink, writer=self.writer, clock=self.clock, trace=self.journal)
        self.counters = Counters()

    async def deliver(self, to: DeliveryTarget, event: Message | None = None) -> None:
        await self.courier.deliver(event or make_event(), to, self.counters, dedup_id="d")

    def stored(self, topic: str) -> list[Message]:
        return [message.from_entry(entry) for entry in self.log.replay(topic)]


def subscription(
    *,
    retries: int = 3,
    dead_letter: Address | Topic | None = LETTERS,
    reply: IngressEndpoint | Address | Topic | None = None,
    broker_class: BrokerClass = BrokerClass.KAFKA,
    destination: Address | Topic = ADDRESS,
    delay_s: float = 0.2,
) -> DeliveryTarget:
    return DeliveryTarget(
        label="Trigger touchline/t",
        namespace="touchline",
        destination=destination,
        reply=reply,
        policy=Policy(
            retries=retries,
            backoff="exponential",
            delay_s=delay_s,
            timeout_s=60,
            dead_letter=dead_letter,
            broker_class=broker_class,
        ),
    )


def play(act: Callable[[Scene], Coroutine[Any, Any, None]], *answers: Response | int | None) -> Scene:
    """Run one act and return the scene."""

    async def run() -> Scene:
        scene = Scene(ScriptedSink(*answers))
        try:
            await asyncio.wait_for(act(scene), 10)
        finally:
            await scene.writer.close()
        return scene

    return asyncio.run(run())


@pytest.mark.conforms("delivery-post", "broker-delivers-cloudevents", "broker-delivery-mode")
def test_an_event_is_posted_in_binary_mode_with_its_namespace() -> None:
    event = make_event(data=b"\x00", subject="König 1", datacontenttype="application/octet-stream")
    scene = play(lambda s: s.deliver(subscription(), event), 202)
    (request,) = scene.sink.requests
    assert request.url == "http://sink/"
    assert request.body == b"\x00"
    assert request.timeout_s == 60
    assert request.headers == {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/test",
        "ce-type": "happened",
        "ce-subject": "K%C3%B6nig%201",
        "content-type": "application/octet-stream",
        "kn-namespace": "touchline",
        "prefer": "reply",
        "traceparent": event.traceparent,
    }
    assert scene.counters.delivered == 1


def test_a_trigger_asks_for_a_reply() -> None:
    scene = play(lambda s: s.deliver(subscription(reply=a_broker())), 202)
    assert scene.sink.requests[0].headers["prefer"] == "reply"


@pytest.mark.conforms("delivery-congestion-control", "delivery-retries", "channel-retries")
def test_trouble_is_retried_after_growing_waits() -> None:
    scene = play(lambda s: s.deliver(subscription()), 503, None, 409, 204)
    assert scene.clock.waits == [0.4, 0.8, 1.6]
    assert (scene.counters.delivered, scene.counters.retried, scene.counters.dead_lettered) == (1, 3, 0)


@pytest.mark.parametrize("broker_class", list(BrokerClass))
def test_retry_after_is_ignored(broker_class: BrokerClass) -> None:
    busy = Response(status=429, headers={"retry-after": "30"})
    waits = play(lambda s: s.deliver(subscription(broker_class=broker_class)), busy, 204).clock.waits
    assert waits == [0.4 if broker_class is BrokerClass.KAFKA else 0.2]


@pytest.mark.conforms("delivery-dead-letter", "broker-dead-letters")
def test_what_is_refused_is_dead_lettered_without_a_retry() -> None:
    scene = play(lambda s: s.deliver(subscription()), Response(status=400, body=b"poison"))
    assert len(scene.sink.requests) == 1
    (letter,) = scene.stored("letters")
    assert letter.attributes["knativeerrorcode"] == "400"
    assert letter.attributes["knativeerrordest"] == "http://sink/"
    assert letter.id == "1"


@pytest.mark.conforms("broker-gives-up", "broker-dead-letters")
def test_after_the_last_retry_it_is_dead_lettered() -> None:
    scene = play(lambda s: s.deliver(subscription(retries=2)), 503)
    assert len(scene.sink.requests) == 3
    assert [letter.attributes["knativeerrorcode"] for letter in scene.stored("letters")] == ["503"]
    assert scene.counters.dead_lettered == 1


def test_a_delivery_repeated_after_a_crash_makes_one_dead_letter() -> None:
    async def twice(scene: Scene) -> None:
        await scene.deliver(subscription())
        await scene.deliver(subscription())

    assert len(play(twice, 400).stored("letters")) == 1


@pytest.mark.conforms("delivery-dead-letter", "broker-tells-operator")
def test_without_a_dead_letter_sink_it_is_dropped_and_said() -> None:
    scene = play(lambda s: s.deliver(subscription(dead_letter=None)), 400)
    assert scene.counters.dropped == 1
    assert scene.journal.kinds()[-1] == "dropped"


def test_a_dead_letter_waits_for_a_log_that_is_down() -> None:
    async def act(scene: Scene) -> None:
        scene.log.down = True
        delivering = asyncio.create_task(scene.deliver(subscription()))
        while len(scene.clock.waits) < 3:
            await asyncio.sleep(0)
        scene.log.down = False
        await delivering

    assert len(play(act, 400).stored("letters")) == 1


@pytest.mark.conforms("delivery-dead-letter-retried")
def test_a_dead_letter_address_is_tried_by_the_same_policy_and_then_it_is_lost() -> None:
    to = subscription(retries=2, dead_letter=Address(url="http://letters/"))
    scene = play(lambda s: s.deliver(to), 400, 503)
    assert [request.url for request in scene.sink.requests] == ["http://sink/"] + ["http://letters/"] * 3
    assert scene.clock.waits == [0.4, 0.8]
    assert scene.counters.lost == 1


def test_a_reply_is_stored_on_the_broker() -> None:
    ce = {"ce-id": "r", "ce-source": "/s", "ce-type": "t", "ce-specversion": "1.0"}
    scene = play(lambda s: s.deliver(subscription(reply=a_broker())), Response(status=200, headers=ce, body=b"x"))
    assert [reply.id for reply in scene.stored("broker")] == ["r"]
    assert scene.counters.delivered == 1


@pytest.mark.conforms("delivery-unasked-reply", "kafka-source-reply", "subscription-reply-dropped")
def test_a_source_discards_replies_whatever_they_are() -> None:
    scene = play(lambda s: s.deliver(subscription()), Response(status=200, body=b"OK"))
    assert scene.counters.delivered == 1
    assert scene.stored("broker") == []


@pytest.mark.conforms("broker-reply-malformed")
def test_a_bad_reply_goes_straight_to_the_dead_letters_of_the_kafka_broker() -> None:
    scene = play(lambda s: s.deliver(subscription(reply=a_broker())), Response(status=200, body=b"OK"))
    assert len(scene.sink.requests) == 1
    assert scene.counters.dead_lettered == 1


@pytest.mark.conforms("broker-reply-malformed")
def test_a_bad_reply_is_retried_by_the_channel_broker() -> None:
    to = subscription(reply=a_broker(BrokerClass.CHANNEL), broker_class=BrokerClass.CHANNEL)
    scene = play(lambda s: s.deliver(to), Response(status=200, body=b"OK"), 202)
    assert scene.clock.waits == [0.2]
    assert scene.counters.delivered == 1


@pytest.mark.conforms("broker-reply-refused", "route-reply-durable")
def test_a_reply_that_cannot_be_stored_fails_the_whole_delivery() -> None:
    ce = {"ce-id": "r", "ce-source": "/s", "ce-type": "t", "ce-specversion": "1.0"}

    async def act(scene: Scene) -> None:
        scene.log.down = True
        delivering = asyncio.create_task(scene.deliver(subscription(reply=a_broker())))
        while not scene.clock.waits:
            await asyncio.sleep(0)
        scene.log.down = False
        await delivering

    scene = play(act, Response(status=200, headers=ce))
    assert len(scene.sink.requests) >= 2
    assert [reply.id for reply in scene.stored("broker")] == ["r"]


def test_a_topic_can_be_the_destination() -> None:
    scene = play(lambda s: s.deliver(subscription(destination=Topic(name="broker", url="http://kafka-sink/broker"))))
    assert [event.id for event in scene.stored("broker")] == ["1"]


@pytest.mark.conforms("broker-trace-kept", "channel-trace")
@pytest.mark.parametrize("carried", ["", TRACE, "nonsense"])
def test_every_attempt_names_the_trace_that_the_event_carries_or_begins(carried: str) -> None:
    event = make_event(data=b"{}", **({"traceparent": carried} if carried else {}))
    scene = play(lambda s: s.deliver(subscription(retries=1), event), 503)
    expected = TRACE if carried == TRACE else tracing.trace_of_event(event.source, event.id)
    assert [request.headers["traceparent"] for request in scene.sink.requests] == [expected] * 2
    assert event.attributes.get("traceparent", "") == carried, "the event itself is not changed"


def test_stopping_ends_a_wait_without_a_dead_letter() -> None:
    async def act(scene: Scene) -> None:
        scene.courier.stop()
        with pytest.raises(ShutdownRequested):
            await scene.deliver(subscription())

    scene = play(act, 503)
    assert scene.stored("letters") == []


def test_every_step_is_told_in_order() -> None:
    scene = play(lambda s: s.deliver(subscription()), 503, 202)
    assert scene.journal.kinds() == ["attempt", "waits", "attempt", "delivered"]
    assert [(step.attempt, step.status) for step in scene.journal.steps] == [(1, 503), (2, None), (2, 202), (2, 202)]


def test_the_journal_tells_where_each_attempt_went_and_why_it_failed() -> None:
    refusal = Response(status=400, body=b'{"title": "Invalid input", "detail": "league is\\n missing"}')
    scene = play(lambda scene: scene.deliver(subscription()), Response(error="no answer within 60 s"), refusal)
    assert [step[:4] for step in scene.journal.steps] == [
        (what, "/test", "1", "Trigger touchline/t") for what in ("attempt", "waits", "attempt", "dead_lettered")
    ]
    first, _, second, letter = scene.journal.steps
    assert (first.place, first.status, first.detail) == ("http://sink/", None, "no answer within 60 s")
    assert (second.attempt, second.status, second.detail) == (2, 400, "league is missing")
    assert (letter.place, letter.status, letter.detail) == ("http://kafka-sink/letters", 400, "league is missing")


def test_the_journal_names_the_event_that_a_reply_became() -> None:
    reply = {"ce-specversion": "1.0", "ce-id": "2", "ce-source": "/sink", "ce-type": "told"}
    scene = play(lambda scene: scene.deliver(subscription(reply=a_broker())), Response(status=200, headers=reply))
    replied = next(step for step in scene.journal.steps if step.what == "replied")
    assert (replied.next_source, replied.next_id) == ("/sink", "2")


# How the two data planes differ in what they send.

CHANNEL, KAFKA = BrokerClass.CHANNEL, BrokerClass.KAFKA
CE = {"ce-id": "r", "ce-source": "/s", "ce-type": "t", "ce-specversion": "1.0"}


def at_letters(broker_class: BrokerClass, **more: Any) -> DeliveryTarget:
    return subscription(retries=1, dead_letter=Address(url="http://letters/"), broker_class=broker_class, **more)


@pytest.mark.conforms("delivery-prefer-reply")
@pytest.mark.parametrize(("broker_class", "asks"), [(CHANNEL, False), (KAFKA, True)])
def test_every_subscriber_is_asked_for_a_reply_and_the_dead_letter_sink_by_kafka_alone(
    broker_class: BrokerClass, asks: bool
) -> None:
    scene = play(lambda s: s.deliver(at_letters(broker_class)), 400, 202)
    to_sink, to_letters = scene.sink.requests
    assert to_sink.headers["prefer"] == "reply"
    assert ("prefer" in to_letters.headers) == asks
    assert {request.headers["kn-namespace"] for request in scene.sink.requests} == {"touchline"}


def test_headers_that_pass_are_sent_to_the_subscriber_and_to_the_dead_letter_sink() -> None:
    event = replace(make_event(), passthrough={"knative-x": "y", "x-request-id": "7"})
    scene = play(lambda s: s.deliver(at_letters(CHANNEL), event), 400, 202)
    for request in scene.sink.requests:
        assert (request.headers["knative-x"], request.headers["x-request-id"]) == ("y", "7")


@pytest.mark.conforms("broker-delivery-mode", "channel-output-modes")
def test_the_format_json_is_for_the_subscriber_and_the_dead_letter_stays_binary() -> None:
    to = at_letters(CHANNEL)
    to = replace(to, policy=replace(to.policy, structured=True))
    scene = play(lambda s: s.deliver(to, make_event(data=b'{"a": 1}')), 400, 202)
    to_sink, to_letters = scene.sink.requests
    assert to_sink.headers["content-type"] == "application/cloudevents+json"
    assert json.loads(to_sink.body) == {
        "specversion": "1.0", "id": "1", "source": "/test", "type": "happened", "data": {"a": 1}
    }  # fmt: skip
    assert to_letters.body == b'{"a": 1}'


def test_a_dead_letter_sink_that_refuses_loses_the_event_at_once() -> None:
    scene = play(lambda s: s.deliver(at_letters(KAFKA)), 400, 400)
    assert len(scene.sink.requests) == 2
    assert scene.counters.lost == 1
    assert scene.journal.kinds()[-1] == "lost"


# Replies of a Trigger.


def test_a_reply_goes_back_with_one_hop_less_than_the_event_had() -> None:
    event = hop_limit.strip(make_event(knativebrokerttl="7"))
    to = subscription(reply=a_broker(CHANNEL), broker_class=CHANNEL)
    scene = play(lambda s: s.deliver(to, event), Response(status=200, headers={**CE, "ce-knativebrokerttl": "200"}))
    assert "ce-knativebrokerttl" not in scene.sink.requests[0].headers
    assert scene.stored("broker")[0].attributes["knativebrokerttl"] == "6"


@pytest.mark.conforms("route-loops")
def test_a_reply_without_a_hop_left_dead_letters_the_event_in_the_brokers_name() -> None:
    event = hop_limit.strip(make_event(knativebrokerttl="1"))
    to = subscription(reply=a_broker(CHANNEL), broker_class=CHANNEL)
    scene = play(lambda s: s.deliver(to, event), Response(status=200, headers=CE))
    assert len(scene.sink.requests) == 1
    (letter,) = scene.stored("letters")
    assert (letter.id, letter.attributes["knativebrokerttl"]) == ("1", "1")
    assert letter.attributes["knativeerrordest"] == "http://broker/touchline/default"
    assert letter.attributes["knativeerrorcode"] == "400"


def test_the_kafka_broker_counts_no_hops() -> None:
    event = make_event(knativebrokerttl="1")
    scene = play(lambda s: s.deliver(subscription(reply=a_broker()), event), Response(status=200, headers=CE))
    assert scene.sink.requests[0].headers["ce-knativebrokerttl"] == "1"
    assert "knativebrokerttl" not in scene.stored("broker")[0].attributes


@pytest.mark.parametrize(("broker_class", "code", "data"), [(CHANNEL, "502", None), (KAFKA, None, None)])
def test_the_dead_letter_of_a_bad_reply_has_code_502_on_the_channel_broker_and_none_on_the_kafka_broker(
    broker_class: BrokerClass, code: str | None, data: str | None
) -> None:
    to = subscription(retries=0, reply=a_broker(broker_class), broker_class=broker_class)
    (letter,) = play(lambda s: s.deliver(to), Response(status=200, body=b"OK")).stored("letters")
    assert letter.attributes.get("knativeerrorcode") == code
    assert letter.attributes.get("knativeerrordata") == data
    assert letter.attributes["knativeerrordest"] == "http://sink/"


@pytest.mark.parametrize("answer", [Response(status=202, body=b"OK"), Response(status=200, body=b"OK")])
def test_a_text_in_the_response_is_a_failed_delivery_of_the_kafka_broker(answer: Response) -> None:
    scene = play(lambda s: s.deliver(subscription(retries=3, reply=a_broker())), answer)
    assert len(scene.sink.requests) == 1
    assert len(scene.stored("letters")) == 1


def test_the_kafka_broker_stores_what_a_202_replies() -> None:
    scene = play(lambda s: s.deliver(subscription(reply=a_broker())), Response(status=202, headers=CE))
    assert [event.id for event in scene.stored("broker")] == ["r"]


@pytest.mark.parametrize(("broker_class", "n_replies"), [(KAFKA, 1), (CHANNEL, 0)])
def test_only_the_kafka_broker_stores_the_reply_of_a_dead_letter_sink(
    broker_class: BrokerClass, n_replies: int
) -> None:
    sink = Address(url="http://letters/")
    target = subscription(retries=0, reply=a_broker(broker_class), broker_class=broker_class, dead_letter=sink)
    scene = play(lambda s: s.deliver(target), 400, Response(status=200, headers=CE))
    assert [request.url for request in scene.sink.requests] == ["http://sink/", "http://letters/"]
    assert len(scene.stored("broker")) == n_replies


def test_the_kafka_broker_does_not_retry_without_a_wait() -> None:
    scene = play(lambda s: s.deliver(subscription(retries=2, delay_s=0.0)), 503)
    assert len(scene.sink.requests) == 1
    (letter,) = scene.stored("letters")
    assert not {"knativeerrorcode", "knativeerrordata"} & letter.attributes.keys()


def test_the_journal_says_where_a_cluster_would_block() -> None:
    answer = Response(status=400, headers={"kne-x-y": "1"}, body=b"no")
    scene = play(lambda s: s.deliver(subscription()), answer)
    (given_up,) = [step for step in scene.journal.steps if step.what == "dead_lettered"]
    assert given_up.detail == "no (a cluster would block here: kne-x-y of the answer is no name of an extension)"


def test_the_channel_broker_retries_without_a_wait() -> None:
    scene = play(lambda s: s.deliver(subscription(retries=2, delay_s=0.0, broker_class=CHANNEL)), 503)
    assert len(scene.sink.requests) == 3


# Replies of a DeliveryTarget.

NEXT = Address(url="http://next/")


@pytest.mark.conforms("subscription-reply")
def test_a_subscriptions_reply_is_posted_to_its_reply_with_the_headers_that_pass() -> None:
    answer = Response(status=200, headers={**CE, "content-type": "text/plain", "knative-x": "y"}, body=b"x")
    scene = play(lambda s: s.deliver(subscription(reply=NEXT, broker_class=CHANNEL)), answer, 202)
    _, passed = scene.sink.requests
    assert (passed.url, passed.body) == ("http://next/", b"x")
    assert (passed.headers["ce-id"], passed.headers["knative-x"]) == ("r", "y")
    assert passed.headers["kn-namespace"] == "touchline"
    assert scene.counters.delivered == 1
    (output,) = [step for step in scene.journal.steps if step.what == "replied"]
    assert (output.id, output.next_source, output.next_id, output.place) == ("1", "/s", "r", "http://next/")


@pytest.mark.conforms("subscription-reply-retried")
def test_a_reply_that_is_not_taken_is_posted_again_and_the_subscriber_is_not() -> None:
    to = subscription(reply=NEXT, broker_class=CHANNEL)
    scene = play(lambda s: s.deliver(to), Response(status=200, headers=CE), 503, 202)
    assert [request.url for request in scene.sink.requests] == ["http://sink/", "http://next/", "http://next/"]
    assert scene.counters.delivered == 1


def test_a_reply_that_is_never_taken_dead_letters_the_event_in_the_name_of_the_reply() -> None:
    to = subscription(reply=NEXT, retries=1, broker_class=CHANNEL)
    scene = play(lambda s: s.deliver(to), Response(status=200, headers=CE), 503)
    (letter,) = scene.stored("letters")
    assert letter.id == "1"
    assert letter.attributes["knativeerrordest"] == "http://next/"
    assert letter.attributes["knativeerrorcode"] == "503"


def test_what_is_no_event_is_dropped_by_a_channel_in_memory_and_fails_a_kafka_channel() -> None:
    in_memory = play(
        lambda s: s.deliver(subscription(reply=NEXT, broker_class=CHANNEL)), Response(status=200, body=b"OK")
    )
    on_kafka = play(lambda s: s.deliver(subscription(reply=NEXT, broker_class=KAFKA)), Response(status=200, body=b"OK"))
    assert (len(in_memory.sink.requests), in_memory.counters.delivered) == (1, 1)
    assert (len(on_kafka.sink.requests), on_kafka.counters.dead_lettered) == (1, 1)


def test_a_kafka_sink_takes_records_in_its_content_mode() -> None:
    to = subscription(destination=Topic(name="broker", url="http://kafka-sink/x", structured=True))
    scene = play(lambda s: s.deliver(to, make_event(partitionkey="k")))
    (entry,) = scene.log.replay("broker")
    assert dict(entry.headers) == {"content-type": b"application/cloudevents+json"}
    assert entry.key == b"k"


def test_a_delivery_that_breaks_by_a_bug_is_retried_and_ends_as_a_dead_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Message, "request", lambda *_, **__: 1 // 0)

    async def act(scene: Scene) -> None:
        await scene.deliver(subscription(retries=2))

    scene = play(act)
    assert scene.journal.kinds() == ["attempt", "waits", "attempt", "waits", "attempt", "dead_lettered"]
    (letter,) = scene.stored("letters")
    assert letter.attributes["knativeerrordest"] == ADDRESS.url
    assert "ZeroDivisionError" in scene.journal.steps[-1].detail
