"""Events reach the broker as binary CloudEvents, and a silent broker is noticed."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from shared.adapters.http.event_sink import HttpSink
from shared.errors import Unavailable
from shared.events import tracing
from shared.events.envelope import Event
from shared.ports.events import EventSink
from shared.testing.memory_sink import MemorySink
from shared.testing.valkey_process import free_port
from tests.support.servers.http_broker import Broker
from tests.support.waiting import eventually

EVENT = Event(
    id="a-1",
    source="/touchline/ingest-batch",
    type="io.touchline.football.league.updated.v1",
    time=datetime(2026, 3, 1, 12, tzinfo=UTC),
    subject="leagues/17/seasons/76986",
    extensions={"league": "17"},
    data=b'{"n": 1}',
)
TRACE = f"00-{'a' * 32}-{'1' * 16}-01"


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker that runs."""
    server = Broker()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["memory", "http"])
def sink(request: pytest.FixtureRequest) -> Iterator[EventSink]:
    """Each sink in turn."""
    if request.param == "memory":
        yield MemorySink()
        return
    http = HttpSink(request.getfixturevalue("broker").url)
    yield http
    http.close()


def test_a_sent_event_is_the_brokers(sink: EventSink, broker: Broker) -> None:
    sink.send(EVENT)
    sink.send(EVENT)
    assert (sink.events if isinstance(sink, MemorySink) else broker.events) == [EVENT, EVENT]


def test_the_address_is_the_sinks_whole_path(broker: Broker) -> None:
    sink = HttpSink(f"{broker.url}?x=1")
    sink.send(EVENT)
    sink.close()
    assert broker.paths == ["/touchline/default?x=1"]


def test_one_connection_is_kept(broker: Broker) -> None:
    sink = HttpSink(broker.url)
    for _ in range(5):
        sink.send(EVENT)
    sink.close()
    assert len(broker.connections) == 1


def _has_closed(broker: Broker, n: int) -> bool:
    return broker.n_closed == n


def test_a_connection_closed_meanwhile_is_opened_anew(broker: Broker) -> None:
    broker.hang_up_after_answer = True
    sink = HttpSink(broker.url)
    for n_sent in range(1, 4):
        sink.send(EVENT)
        eventually(partial(_has_closed, broker, n_sent))
    sink.close()
    assert len(broker.events) == 3
    assert len(broker.connections) == 3


def test_overrides_are_laid_over_every_event(broker: Broker) -> None:
    sink = HttpSink(broker.url, overrides=(("tier", "gold"), ("league", "8")))
    sink.send(EVENT)
    sink.close()
    assert broker.events == [replace(EVENT, extensions={"league": "8", "tier": "gold"})]


def test_an_event_carries_the_trace_of_the_work_it_came_from(broker: Broker) -> None:
    sink = HttpSink(broker.url)
    own = replace(EVENT, extensions={"traceparent": f"00-{'b' * 32}-{'2' * 16}-01"})

    def work() -> None:
        tracing.enter(TRACE)
        sink.send(EVENT)
        sink.send(own)

    contextvars.Context().run(work)
    sink.close()
    assert [event.extensions["traceparent"] for event in broker.events] == [TRACE, own.extensions["traceparent"]]
    assert broker.traces == [TRACE, own.extensions["traceparent"]]


@pytest.mark.parametrize("status", [300, 400, 404, 429, 500, 503])
def test_a_broker_that_does_not_take_it_is_unavailable(broker: Broker, status: int) -> None:
    broker.status = status
    sink = HttpSink(broker.url)
    with pytest.raises(Unavailable, match=f"returns {status} for event a-1"):
        sink.send(EVENT)
    sink.close()


def test_a_silent_broker_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="does not take event a-1"):
        HttpSink(f"http://127.0.0.1:{free_port()}/").send(EVENT)
    memory = MemorySink()
    memory.silent = True
    with pytest.raises(Unavailable):
        memory.send(EVENT)
