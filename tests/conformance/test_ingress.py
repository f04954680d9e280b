"""Every ingress endpoint and what leaves through it: a Broker of either class, a Channel of either kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from knative.local.eventing.message.message import Message
from shared.adapters.memory.event_log import MemoryLog
from tests.support.eventing.data_plane import Plane, loaded, running
from tests.support.eventing.doubles import Request, make_event
from tests.support.eventing.manifests import CHANNELS, CLASSES, NAMESPACE, broker, channel, subscription, trigger

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of the data plane, and what is behind it."""

    kind: str
    path: str
    label: str
    out: str
    """Where its only subscriber is."""


BROKERS = tuple(
    Endpoint(kind, f"/{NAMESPACE}/{kind.lower()}", f"Broker {NAMESPACE}/{kind.lower()}", f"http://{kind.lower()}/")
    for kind in CLASSES
)
PIPES = tuple(
    Endpoint(
        kind, f"/channels/{NAMESPACE}/{kind.lower()}", f"Channel {NAMESPACE}/{kind.lower()}", f"http://{kind.lower()}/"
    )
    for kind in CHANNELS
)


def through(brokers: pytest.MarkDecorator, channels: pytest.MarkDecorator) -> pytest.MarkDecorator:
    """Run a test over all four endpoints; each proves the assertions of its kind."""
    marked = [(endpoint, brokers) for endpoint in BROKERS] + [(endpoint, channels) for endpoint in PIPES]
    return pytest.mark.parametrize(
        "endpoint", [pytest.param(endpoint, marks=mark, id=endpoint.kind) for endpoint, mark in marked]
    )


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """A data plane with all four endpoints."""
    objects = [broker(endpoint.kind, endpoint.kind.lower()) for endpoint in BROKERS]
    objects += [trigger(endpoint.kind.lower(), endpoint.out, broker=endpoint.kind.lower()) for endpoint in BROKERS]
    objects += [channel(endpoint.kind, endpoint.kind.lower()) for endpoint in PIPES]
    objects += [subscription(endpoint.kind.lower(), endpoint.out, channel=endpoint.kind.lower()) for endpoint in PIPES]
    objects += [channel("InMemoryChannel", "kafkachannel", namespace="elsewhere")]
    with running(tmp_path_factory.mktemp("endpoints"), objects, MemoryLog()) as made:
        yield made


def came_out(plane: Plane, endpoint: Endpoint, id: str) -> Message:
    """The event of this id, which has to have come once."""
    plane.settle()
    (event,) = [event for to, event in plane.got if to == endpoint.out and event.id == id]
    return event


def request_of(plane: Plane, endpoint: Endpoint, id: str) -> Request:
    """The same as it was sent."""
    (request,) = [each for each in plane.cluster.requests if each.url == endpoint.out and each.headers["ce-id"] == id]
    return request


FULL = {
    "subject": "König 1%",
    "time": "2026-01-01T00:00:00.123456789+01:00",
    "dataschema": "https://example.org/schema",
    "partitionkey": "17",
    "someextension": 'with, comma; and "quotes"',
}


@through(
    brokers=pytest.mark.conforms(
        "broker-event-unchanged",
        "broker-no-upgrade",
        "broker-delivers-cloudevents",
        "broker-at-least-once",
        "broker-ready-takes-events",
        "trigger-ready-delivers",
        "route-data-unchanged",
    ),
    channels=pytest.mark.conforms(
        "channel-unaltered",
        "channel-identical",
        "channel-no-upgrade",
        "channel-output-version",
        "channel-outputs-cloudevents",
        "channel-ce-versions",
        "channel-202",
    ),
)
def test_an_event_comes_out_as_it_went_in(plane: Plane, endpoint: Endpoint) -> None:
    sent = make_event("full", b"\xff\x00 any bytes", datacontenttype="application/octet-stream", **FULL)
    assert plane.post(endpoint.path, sent) == 202
    event = came_out(plane, endpoint, "full")
    # The one thing that the channel broker adds, as on a cluster.
    assert {name: value for name, value in event.attributes.items() if name != "knativearrivaltime"} == sent.attributes
    assert event.data == sent.data


@through(brokers=pytest.mark.conforms("broker-binary"), channels=pytest.mark.conforms("channel-both-modes"))
@pytest.mark.parametrize("media_type", ["application/vnd.apache.thrift.binary", "application/xml", "application/json"])
def test_binary_mode_is_taken_whatever_the_data_is(plane: Plane, endpoint: Endpoint, media_type: str) -> None:
    assert plane.post(endpoint.path, make_event(media_type, b"{}", datacontenttype=media_type)) == 202
    assert came_out(plane, endpoint, media_type).attributes["datacontenttype"] == media_type


@through(
    brokers=pytest.mark.conforms("broker-structured", "broker-delivery-mode"),
    channels=pytest.mark.conforms("channel-both-modes", "channel-other-mode-out"),
)
def test_what_came_in_structured_mode_goes_out_in_binary_mode(plane: Plane, endpoint: Endpoint) -> None:
    event = make_event("structured", b'{"a":1}', datacontenttype="application/json")
    assert plane.post(endpoint.path, event, structured=True) == 202
    assert came_out(plane, endpoint, "structured").data == b'{"a":1}'
    (request,) = [
        each for each in plane.cluster.requests if each.headers["ce-id"] == "structured" and each.url == endpoint.out
    ]
    assert request.headers["content-type"] == "application/json"


@through(
    brokers=pytest.mark.conforms("broker-trace-kept", "delivery-prefer-reply"),
    channels=pytest.mark.conforms("channel-trace", "delivery-prefer-reply"),
)
def test_the_trace_passes_and_a_reply_is_asked_for(plane: Plane, endpoint: Endpoint) -> None:
    headers, body = make_event("traced").request()
    assert plane.ask("POST", endpoint.path, {**headers, "traceparent": TRACE, "tracestate": "a=b"}, body).status == 202
    came_out(plane, endpoint, "traced")
    request = request_of(plane, endpoint, "traced")
    assert (request.headers["traceparent"], request.headers["tracestate"]) == (TRACE, "a=b")
    assert (request.headers["prefer"], request.headers["kn-namespace"]) == ("reply", NAMESPACE)


@through(
    brokers=pytest.mark.conforms("delivery-duplicates-accepted"),
    channels=pytest.mark.conforms("delivery-duplicates-accepted"),
)
def test_the_same_event_is_taken_twice(plane: Plane, endpoint: Endpoint) -> None:
    assert [plane.post(endpoint.path, make_event("twice")) for _ in range(2)] == [202, 202]
    plane.settle()
    assert plane.ids(endpoint.out).count("twice") == 2


@through(
    brokers=pytest.mark.conforms("broker-metrics", "broker-metrics-default"),
    channels=pytest.mark.conforms(
        "channel-counts-refused", "channel-counts-accepted", "channel-counts-sent", "channel-metrics-default"
    ),
)
def test_what_was_refused_accepted_and_delivered_is_counted(plane: Plane, endpoint: Endpoint) -> None:
    def counts() -> tuple[int, int, int]:
        plane.settle()
        output = plane.status()
        answers, kind = output["inlets"][endpoint.label], "triggers" if endpoint in BROKERS else "subscriptions"
        return answers.get("400", 0), answers.get("202", 0), output[kind][endpoint.kind.lower()]["delivered"]

    before = counts()
    plane.post(endpoint.path, make_event("counted"))
    assert plane.ask("POST", endpoint.path, {}, b"no event").status == 400
    assert counts() == tuple(n + 1 for n in before)


@through(
    brokers=pytest.mark.conforms("broker-durable-before-ack", "delivery-accept-after-storing"),
    channels=pytest.mark.conforms("channel-durable", "delivery-accept-after-storing"),
)
def test_what_cannot_be_stored_is_not_accepted(plane: Plane, endpoint: Endpoint) -> None:
    assert isinstance(plane.log, MemoryLog)
    plane.log.down = True
    try:
        assert plane.post(endpoint.path, make_event("lost")) == 503
    finally:
        plane.log.down = False
    plane.post(endpoint.path, make_event("kept"))
    plane.settle()
    assert "lost" not in plane.ids(endpoint.out)


@pytest.mark.conforms("channel-one-url", "channel-namespaced")
def test_an_address_leads_to_one_channel_of_one_namespace(plane: Plane) -> None:
    assert plane.post("/channels/elsewhere/kafkachannel", make_event("elsewhere")) == 202
    assert plane.post(PIPES[0].path, make_event("here")) == 202
    plane.settle()
    assert [to for to, event in plane.got if event.id in {"elsewhere", "here"}] == [PIPES[0].out]


@pytest.mark.conforms("broker-ready-condition", "trigger-ready-condition", "trigger-becomes-ready")
def test_nothing_is_ready_until_every_consumer_reads_and_the_reason_is_told(tmp_path: Path) -> None:
    log = MemoryLog()
    log.down = True
    plane = Plane(loaded(tmp_path, trigger("t", "http://sink/"), broker("Kafka")), log, {})
    plane.start()
    try:
        unready = plane.ask("GET", "/health/ready")
        assert (unready.status, b"1 consumer(s) wait for the event log" in unready.body) == (503, True)
        log.down = False
        plane.wait_until_ready()
        plane.post(f"/{NAMESPACE}/default", make_event("1"))
        plane.settle()
        assert plane.ids("http://sink/") == ["1"]
    finally:
        log.down = False
        plane.stop()
