"""The same data plane over each log: in memory, on Valkey Streams, and on Apache Kafka where one can be had."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message.message import Message
from knative.local.eventing.runtime.topic_names import broker_topic
from knative.manifests.model import Name
from shared.adapters.event_log import connect
from shared.adapters.memory.event_log import MemoryLog
from shared.ports.log import EventLog, NewEntry
from shared.testing.valkey_process import ValkeyProcess
from tests.support.eventing.data_plane import Plane, running, scripted
from tests.support.eventing.doubles import make_event
from tests.support.eventing.manifests import (
    CHANNELS,
    CLASSES,
    Object,
    broker,
    channel,
    dead_letters_to,
    kafka_source,
    ref,
    subscription,
    trigger,
)
from tests.support.eventing.network import Subscriber, replying
from tests.support.waiting import eventually

TYPES = ("taken", "retried", "poison", "broken", "replies")
N_RETRIES = 3


def a_subscriber() -> Subscriber:
    """Answers as the type of an event asks."""
    by_type: dict[str, Subscriber] = {
        "taken": scripted(202),
        "retried": scripted(503, 429, 202),
        "poison": lambda _: Response(status=400, body=b"no such league"),
        "broken": scripted(500),
        "replies": replying("replied"),
    }
    return lambda event: by_type[event.attributes["type"]](event)


def on(log: str) -> object:
    """One log, counted by itself."""
    return pytest.param(log, marks=[pytest.mark.suite(f"Data plane end to end, over {log}"), pytest.mark.over(log)])


@pytest.fixture(scope="module", params=[on("memory"), on("Valkey"), on("Apache Kafka")])
def log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventLog]:
    """Each that can be had."""
    if request.param == "Valkey":
        server = ValkeyProcess(tmp_path_factory.mktemp("log"))
        server.start()
        yield connect(server.url)
        server.kill()
    elif request.param == "Apache Kafka":
        yield connect(f"kafka://{request.getfixturevalue('kafka_servers')}")
    else:
        yield MemoryLog()


@dataclass(frozen=True, slots=True)
class Scene:
    """A data plane with a Broker of each class, each with dead letters of its own in a Channel that two read."""

    plane: Plane
    space: str

    def post(self, broker_class: str, event: Message) -> int:
        """Send to the Broker of a class."""
        return self.plane.post(f"/{self.space}/{broker_class.lower()}", event)

    def came(self, url: str, id: str, times: int = 1) -> list[Message]:
        """The event, once it has come so often to an address."""

        def result() -> list[Message]:
            return [event for to, event in self.plane.got if to == url and event.id == id]

        eventually(lambda: len(result()) >= times, within_s=30, every_s=0.005)
        return result()


def objects_of(broker_class: str, kind: str, space: str) -> list[Object]:
    """One half of the scene."""
    name = broker_class.lower()
    delivery = dead_letters_to(ref("Channel", name), retry=N_RETRIES, backoffPolicy="linear", backoffDelay="PT1S")
    expected = [{"any": [{"exact": {"type": each}} for each in TYPES]}]
    return [
        broker(broker_class, name, namespace=space, delivery=delivery),
        trigger(f"{name}-works", f"http://{name}/", broker=name, namespace=space, filters=expected),
        trigger(
            f"{name}-hears",
            f"http://{name}/replies",
            broker=name,
            namespace=space,
            filter={"attributes": {"type": "replied"}},
        ),
        channel(kind, name, namespace=space),
        subscription(f"{name}-one", f"http://{name}/letters", channel=name, namespace=space),
        subscription(f"{name}-two", f"http://{name}/letters", channel=name, namespace=space),
    ]


@pytest.fixture(scope="module")
def scene(log: EventLog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Names of its own: a Kafka is not emptied between tests."""
    space = f"e2e-{uuid.uuid4().hex[:8]}"
    objects = [kafka_source(f"rows-{space}", "http://rows/", namespace=space)]
    for broker_class, kind in zip(CLASSES, CHANNELS, strict=True):
        objects += objects_of(broker_class, kind, space)
    subscribers = {f"http://{each.lower()}/": a_subscriber() for each in CLASSES}
    with running(tmp_path_factory.mktemp("scene"), objects, log, subscribers) as plane:
        yield Scene(plane, space)


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("broker-at-least-once", "broker-2xx")
def test_every_event_that_was_accepted_comes(scene: Scene, broker_class: str) -> None:
    url, ids = f"http://{broker_class.lower()}/", [f"taken-{number}" for number in range(50)]
    for each in ids:
        assert scene.post(broker_class, make_event(each, type="taken", partitionkey=each)) == 202
    eventually(lambda: set(ids) <= set(scene.plane.ids(url)), within_s=30, every_s=0.005)


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("broker-durable-before-ack")
def test_what_was_accepted_is_in_the_log(scene: Scene, broker_class: str) -> None:
    topic = broker_topic(Name(namespace=scene.space, name=broker_class.lower()))
    assert scene.post(broker_class, make_event("stored", b"data", type="nobody's")) == 202
    stored = {dict(entry.headers)["ce_id"]: entry.value for entry in scene.plane.log.replay(topic)}
    assert stored[b"stored"] == b"data"


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("broker-event-unchanged", "broker-no-upgrade", "route-data-unchanged")
def test_it_comes_as_it_was_sent(scene: Scene, broker_class: str) -> None:
    attributes = {"type": "taken", "subject": "König 1%", "time": "2026-01-01T00:00:00.123456789+01:00", "rows": "7"}
    sent = make_event("unchanged", b"\xff\x00", datacontenttype="application/octet-stream", **attributes)
    scene.post(broker_class, sent)
    (event,) = scene.came(f"http://{broker_class.lower()}/", "unchanged")
    assert sent.attributes.items() <= event.attributes.items()
    assert event.data == sent.data


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("delivery-retries", "delivery-429-retried", "delivery-5xx-retried")
def test_what_may_pass_is_tried_again(scene: Scene, broker_class: str) -> None:
    scene.post(broker_class, make_event(f"retried-{broker_class}", type="retried"))
    assert len(scene.came(f"http://{broker_class.lower()}/", f"retried-{broker_class}", times=3)) == 3


@pytest.mark.parametrize(
    ("kind", "code", "attempts"), [("poison", "400", 1), ("broken", "500", 1 + N_RETRIES)], ids=["poison", "broken"]
)
@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms(
    "delivery-dead-letter",
    "delivery-error-extensions",
    "delivery-of-broker",
    "channel-all-subscribers",
    "channel-same-subscriber-twice",
)
def test_what_cannot_be_delivered_is_read_by_all_who_read_dead_letters(
    scene: Scene, broker_class: str, kind: str, code: str, attempts: int
) -> None:
    url, name = f"http://{broker_class.lower()}/", f"{kind}-{broker_class}"
    scene.post(broker_class, make_event(name, b"payload", type=kind))
    for letter in scene.came(f"{url}letters", name, times=2):
        assert (letter.data, letter.attributes["knativeerrordest"]) == (b"payload", url)
        assert letter.attributes["knativeerrorcode"] == code
        error_data = base64.b64decode(letter.attributes.get("knativeerrordata", ""))
        assert error_data == (b"no such league" if kind == "poison" else b"")
    assert len(scene.came(url, name)) == attempts


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("route-reply", "broker-reply-published", "route-reply-durable")
def test_a_reply_comes_to_the_trigger_that_wants_it(scene: Scene, broker_class: str) -> None:
    scene.post(broker_class, make_event(f"asked-{broker_class}", type="replies"))
    scene.came(f"http://{broker_class.lower()}/replies", f"asked-{broker_class}+")
    topic = broker_topic(Name(namespace=scene.space, name=broker_class.lower()))
    stored = {dict(entry.headers)["ce_id"].decode() for entry in scene.plane.log.replay(topic)}
    assert f"asked-{broker_class}+" in stored


@pytest.mark.conforms("kafka-source-plain", "kafka-source-order")
def test_the_records_of_a_key_come_in_order(scene: Scene) -> None:
    rows = [NewEntry(value=b"%d" % number, key=b"one") for number in range(20)]
    scene.plane.log.append(f"rows-{scene.space}", rows)
    eventually(lambda: len(scene.plane.ids("http://rows/")) >= len(rows), within_s=30, every_s=0.005)
    got = [event for to, event in scene.plane.got if to == "http://rows/"]
    assert [event.data for event in got] == [row.value for row in rows]
    assert {event.attributes["type"] for event in got} == {"dev.knative.kafka.event"}
