"""Events by the clock."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.local.eventing.sources.ping_source import Ticker
from knative.manifests.model import Destination, Name, PingSource
from knative.manifests.references import Address
from shared.adapters.memory.event_log import MemoryLog
from tests.support.eventing.doubles import HandClock, ListTrace, ScriptedSink

SOURCE = PingSource(
    name=Name(namespace="touchline", name="hourly"),
    schedule="5 * * * *",
    sink=Destination(uri="http://sink/"),
    content_type="application/json",
    data=b'{"task":"results"}',
    extensions={"tier": "gold"},
)


async def ticker(
    sink: ScriptedSink,
    clock: HandClock,
    counters: Counters,
    jitter_s: float = 0.0,
    source: PingSource = SOURCE,
    journal: ListTrace | None = None,
) -> Ticker:
    return Ticker(
        source,
        Address(url="http://sink/events/tick"),
        http_client=sink,
        writer=LogWriter(MemoryLog(), {}),
        clock=clock,
        trace=journal or ListTrace(),
        counters=counters,
        jitter=lambda: jitter_s,
    )


def tick(*answers: Response | int | None, jitter_s: float = 0.0) -> tuple[ScriptedSink, HandClock, Counters]:
    sink, clock, counters = ScriptedSink(*answers), HandClock(), Counters()

    async def run() -> None:
        await (await ticker(sink, clock, counters, jitter_s)).tick()

    asyncio.run(run())
    return sink, clock, counters


@pytest.mark.conforms("ping-sink-uri", "ping-overrides")
def test_a_tick_is_an_event_with_the_data_as_written() -> None:
    sink, _, counters = tick(202)
    (request,) = sink.requests
    assert request.url == "http://sink/events/tick"
    assert request.body == b'{"task":"results"}'
    assert request.headers["ce-type"] == "dev.knative.sources.ping"
    assert request.headers["ce-source"] == "/apis/v1/namespaces/touchline/pingsources/hourly"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["ce-tier"] == "gold"
    assert counters.delivered == 1


def test_every_tick_has_an_id_of_its_own() -> None:
    assert tick(202)[0].requests[0].headers["ce-id"] != tick(202)[0].requests[0].headers["ce-id"]


def test_a_tick_waits_for_its_jitter() -> None:
    assert tick(202, jitter_s=0.3)[1].waits == [0.3]


def test_five_quick_retries_and_the_tick_is_lost() -> None:
    sink, clock, counters = tick(503)
    assert len(sink.requests) == 6
    assert clock.waits == [0.0, 0.05, 0.1, 0.2, 0.4, 0.8]
    assert (counters.lost, counters.delivered) == (1, 0)


def test_a_refused_tick_is_not_retried() -> None:
    sink, _, counters = tick(400)
    assert len(sink.requests) == 1
    assert counters.lost == 1


def test_the_steps_of_a_tick_are_told() -> None:
    journal = ListTrace()

    async def run() -> None:
        await (await ticker(ScriptedSink(503, 202), HandClock(), Counters(), journal=journal)).tick()

    asyncio.run(run())
    assert journal.kinds() == ["ticked", "attempt", "waits", "attempt", "delivered"]
    assert {step.consumer for step in journal.steps} == {"PingSource touchline/hourly"}


def test_without_data_there_is_no_content_type() -> None:
    sink = ScriptedSink(202)

    async def run() -> None:
        await (await ticker(sink, HandClock(), Counters(), source=replace(SOURCE, data=b""))).tick()

    asyncio.run(run())
    assert "content-type" not in sink.requests[0].headers


def test_a_tick_that_takes_long_does_not_hold_up_the_next() -> None:
    sink = ScriptedSink(202)

    async def run() -> None:
        sink.gate = asyncio.Event()
        running = asyncio.create_task((await ticker(sink, HandClock(), Counters())).run())
        while sink.at_once < 3:
            await asyncio.sleep(0)
        running.cancel()
        sink.gate.set()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    asyncio.run(run())
    assert sink.most_at_once >= 3


def test_a_schedule_that_never_comes_ends_in_peace(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        await (
            await ticker(ScriptedSink(), HandClock(), Counters(), source=replace(SOURCE, schedule="0 0 31 2 *"))
        ).run()

    asyncio.run(run())
    assert "PingSource touchline/hourly never ticks" in caplog.text


def test_it_ticks_by_its_schedule_and_does_not_catch_up() -> None:
    sink, clock = ScriptedSink(202), HandClock()

    async def run() -> None:
        running = asyncio.create_task((await ticker(sink, clock, Counters())).run())
        while len(sink.requests) < 2:
            await asyncio.sleep(0)
        # The laptop sleeps for five hours: one tick follows, not five.
        before = len(sink.requests)
        await clock.sleep(5 * 3600)
        while len(sink.requests) < before + 2:
            await asyncio.sleep(0)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    asyncio.run(run())
    # By the hour: other tasks move this clock too, so the minute may be a little past the fifth.
    assert [request.headers["ce-time"][11:13] for request in sink.requests[:4]] == ["12", "13", "18", "19"]
