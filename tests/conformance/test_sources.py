"""PingSource, SinkBinding and KafkaSource beside the rest of the data plane."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from knative.local.eventing.delivery.policy import Response
from knative.manifests import schedules
from shared.adapters.memory.event_log import MemoryLog
from shared.ports.log import NewEntry
from tests.support.eventing.data_plane import loaded, running
from tests.support.eventing.manifests import (
    CLASSES,
    NAMESPACE,
    Object,
    broker,
    dead_letters_to,
    kafka_source,
    ping,
    ref,
    service,
    trigger,
)
from tests.support.eventing.network import FUNCTIONS, Subscriber, replying

SINK = "http://sink/"
TICK = "dev.knative.sources.ping"


@pytest.mark.parametrize(
    ("sink", "url"),
    [
        pytest.param(
            ref("Service", "sink"), f"{FUNCTIONS}/{NAMESPACE}/sink/", marks=pytest.mark.conforms("ping-sink-ref")
        ),
        pytest.param(SINK, SINK, marks=pytest.mark.conforms("ping-sink-uri")),
        pytest.param(
            {**ref("Service", "sink"), "uri": "/events/tick"},
            f"{FUNCTIONS}/{NAMESPACE}/sink/events/tick",
            marks=pytest.mark.conforms("destination-relative"),
        ),
    ],
)
def test_a_tick_reaches_its_sink(tmp_path: Path, sink: str | Object, url: str) -> None:
    with running(tmp_path, [ping(sink), service("sink")], MemoryLog()) as plane:
        plane.tick()
        (request,) = plane.cluster.requests
        assert (request.url, request.headers["ce-type"]) == (url, TICK)
        assert request.headers["kn-namespace"] == NAMESPACE


@pytest.mark.conforms("ping-data-base64", "ping-overrides")
def test_a_tick_has_its_data_and_extensions(tmp_path: Path) -> None:
    source = ping(
        SINK,
        contentType="text/plain",
        dataBase64="aGVsbG8sIHdvcmxkIQ==",
        ceOverrides={"extensions": {"tier": "gold"}},
    )
    with running(tmp_path, [source], MemoryLog()) as plane:
        plane.tick()
        ((_, event),) = plane.got
        assert (event.data, event.attributes["tier"]) == (b"hello, world!", "gold")


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("ping-broker")
def test_a_tick_reaches_a_trigger_through_its_broker(tmp_path: Path, broker_class: str) -> None:
    expected = {"attributes": {"type": TICK}}
    objects = [broker(broker_class), trigger("t", SINK, filter=expected), ping(ref("Broker", "default"), data="hello")]
    with running(tmp_path, objects, MemoryLog()) as plane:
        plane.tick()
        plane.settle()
        assert [event.data for to, event in plane.got if to == SINK] == [b"hello"]


@pytest.mark.conforms("ping-seconds")
def test_a_schedule_may_have_seconds(tmp_path: Path) -> None:
    (source,) = loaded(tmp_path, ping(SINK, schedule="10 0/1 * * * ?")).ping_sources
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for minute in range(2):
        result = schedules.next_after(source.schedule, source.timezone, moment)
        assert result == datetime(2026, 3, 1, 12, minute, 10, tzinfo=UTC)
        moment = result


@pytest.mark.parametrize(
    ("answering", "letters"),
    [
        pytest.param(replying(), [], marks=pytest.mark.conforms("kafka-source-reply")),
        pytest.param(
            lambda _: Response(status=400), ["row 0", "row 1"], marks=pytest.mark.conforms("kafka-source-delivery")
        ),
    ],
)
def test_what_becomes_of_records(tmp_path: Path, answering: Subscriber, letters: list[str]) -> None:
    log = MemoryLog()
    source = kafka_source("rows", SINK, delivery=dead_letters_to("http://letters/", retry=1))
    with running(tmp_path, [source], log, {SINK: answering}) as plane:
        log.append("rows", [NewEntry(value=f"row {number}".encode()) for number in range(2)])
        plane.settle()
        got = {
            url: sorted(event.data.decode() for to, event in plane.got if to == url)
            for url in (SINK, "http://letters/")
        }
    assert got == {SINK: ["row 0", "row 1"], "http://letters/": letters}
