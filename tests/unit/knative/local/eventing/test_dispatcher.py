"""Many events in flight: bounded, in order where asked, acknowledged only when done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.dispatcher import Dispatcher
from knative.local.eventing.delivery.runner import DeliveryRunner
from knative.local.eventing.delivery.window import ConsumerConfig
from knative.local.eventing.filters.trigger_filter import AttributeFilter
from knative.local.eventing.message import message
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.manifests.model import BrokerClass, Order
from shared.adapters.memory.event_log import MemoryLog
from shared.ports.log import NewEntry
from tests.support.eventing.doubles import HandClock, ListTrace, ScriptedSink, make_event
from tests.unit.knative.local.eventing.test_runner import subscription


class Scene:
    """A dispatcher over the log in memory."""

    def __init__(
        self, sink: ScriptedSink, *, order: Order = Order.UNORDERED, matching: str = "", most: int = 0
    ) -> None:
        self.log, self.sink, self.journal, self.counters = MemoryLog(), sink, ListTrace(), Counters()
        self.log.ensure_topic("t", partitions=3)
        self.log.ensure_topic("letters", partitions=1)
        self.writer = LogWriter(self.log, {})
        self.courier = DeliveryRunner(http_client=sink, writer=self.writer, clock=HandClock(), trace=self.journal)
        self.reading = ConsumerConfig(
            topic="t",
            partitions=3,
            group="g",
            member="m",
            decode=message.from_entry,
            filter=AttributeFilter(expected={"type": matching}, broker_class=BrokerClass.KAFKA),
            filter_text="type = wanted",
            order=order,
            in_flight_limit=most,
        )
        self.dispatcher = self.dispatching()

    def dispatching(self) -> Dispatcher:
        return Dispatcher(
            log=self.log,
            config=self.reading,
            target=subscription(),
            runner=self.courier,
            trace=self.journal,
            counters=self.counters,
        )

    def append(self, *ids: str, key: str = "", type: str = "happened") -> None:
        extensions = {"partitionkey": key} if key else {}
        events = [make_event(one, type=type).with_extensions(extensions) for one in ids]
        self.log.append("t", [event.entry() for event in events])

    def posted(self) -> list[str]:
        return [request.headers["ce-id"] for request in self.sink.requests]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.002)

    def lag(self) -> int:
        return self.log.lag("t", "g")


def play(act: Callable[[Scene], Coroutine[Any, Any, None]], sink: ScriptedSink, **options: Any) -> Scene:
    async def run() -> Scene:
        scene = Scene(sink, **options)
        scene.dispatcher.start()
        try:
            await asyncio.wait_for(act(scene), 20)
        finally:
            if sink.gate:
                sink.gate.set()
            scene.courier.stop()
            await scene.dispatcher.stop(grace_s=1)
            await scene.writer.close()
        return scene

    return asyncio.run(run())


@pytest.mark.conforms("broker-late-trigger", "broker-delays")
def test_what_was_there_before_and_what_comes_is_delivered_and_acknowledged() -> None:
    async def act(scene: Scene) -> None:
        scene.append("1", "2")
        await scene.until(lambda: len(scene.posted()) == 2)
        scene.append("3")
        await scene.until(lambda: scene.lag() == 0)

    assert sorted(play(act, ScriptedSink(202)).posted()) == ["1", "2", "3"]


@pytest.mark.conforms("broker-unmatched-dropped")
def test_what_the_filter_does_not_want_is_acknowledged_and_not_sent() -> None:
    async def act(scene: Scene) -> None:
        scene.append("1", type="other")
        scene.append("2", type="matching")
        await scene.until(lambda: scene.lag() == 0)

    scene = play(act, ScriptedSink(202), matching="matching")
    assert scene.posted() == ["2"]
    assert scene.counters.unmatched == 1
    verdicts = {step.id: (step.what, step.type) for step in reversed(scene.journal.steps)}
    assert verdicts == {"1": ("unmatched", "other"), "2": ("matched", "matching")}
    assert next(step.detail for step in scene.journal.steps if step.what == "unmatched")


def test_an_entry_that_is_no_event_is_told_and_passed_over() -> None:
    async def act(scene: Scene) -> None:
        scene.log.append("t", [NewEntry(value=b"?")])
        await scene.until(lambda: scene.lag() == 0)

    scene = play(act, ScriptedSink(202))
    assert scene.posted() == []
    assert "unreadable" in scene.journal.kinds()


def test_nothing_is_acknowledged_while_it_is_being_delivered() -> None:
    async def act(scene: Scene) -> None:
        scene.sink.gate = asyncio.Event()
        scene.append("1")
        await scene.until(lambda: len(scene.posted()) == 1)
        await asyncio.sleep(0.15)
        assert scene.lag() == 1
        scene.sink.gate.set()
        await scene.until(lambda: scene.lag() == 0)

    play(act, ScriptedSink(202))


@pytest.mark.conforms("delivery-congestion-control")
def test_no_more_are_in_flight_than_allowed() -> None:
    async def act(scene: Scene) -> None:
        scene.sink.gate = asyncio.Event()
        scene.append(*(str(n) for n in range(20)))
        await scene.until(lambda: len(scene.posted()) == 4)
        await asyncio.sleep(0.1)
        assert len(scene.posted()) == 4
        assert scene.counters.in_flight == 4
        scene.sink.gate.set()
        await scene.until(lambda: scene.lag() == 0)

    scene = play(act, ScriptedSink(202), most=4)
    assert scene.counters.delivered == 20


@pytest.mark.conforms("kafka-source-order")
def test_ordered_means_one_per_partition_at_a_time_and_in_order() -> None:
    ids = [f"{key}-{n}" for n in range(8) for key in ("a", "b", "c", "d")]

    async def act(scene: Scene) -> None:
        for one in ids:
            scene.append(one, key=one[0])
        await scene.until(lambda: scene.lag() == 0)

    scene = play(act, ScriptedSink(202), order=Order.ORDERED)
    assert scene.sink.most_at_once <= 3
    for key in "abcd":
        posted = [one for one in scene.posted() if one[0] == key]
        assert posted == [one for one in ids if one[0] == key]


def test_ordered_holds_back_the_next_until_the_first_has_ended() -> None:
    async def act(scene: Scene) -> None:
        scene.append("1", "2", key="same")
        await scene.until(lambda: scene.lag() == 0)

    # Two failures, then taken: the second event is not seen before the first is delivered.
    assert play(act, ScriptedSink(503, 503, 202), order=Order.ORDERED).posted() == ["1", "1", "1", "2"]


def test_a_log_that_is_down_for_a_while_loses_nothing() -> None:
    async def act(scene: Scene) -> None:
        scene.append("1")
        await scene.until(lambda: scene.lag() == 0)
        scene.log.down = True
        await asyncio.sleep(0.1)
        scene.log.down = False
        scene.append("2")
        await scene.until(lambda: scene.lag() == 0)

    assert play(act, ScriptedSink(202)).posted() == ["1", "2"]


def test_a_member_that_was_replaced_joins_again() -> None:
    async def act(scene: Scene) -> None:
        await scene.until(lambda: scene.dispatcher.is_joined)
        await asyncio.to_thread(lambda: scene.log.consumer("t", "g", member="m").close())
        scene.append("1")
        await scene.until(lambda: scene.lag() == 0)

    assert play(act, ScriptedSink(202)).posted() == ["1"]


def test_stopping_lets_what_is_being_delivered_end_and_gives_back_what_waits() -> None:
    async def act(scene: Scene) -> None:
        scene.sink.gate = asyncio.Event()
        scene.append("slow")
        await scene.until(lambda: len(scene.posted()) == 1)
        stopping = asyncio.create_task(scene.dispatcher.stop(grace_s=5))
        await asyncio.sleep(0.05)
        scene.append("late")
        scene.sink.gate.set()
        await stopping
        assert scene.lag() == 1
        scene.dispatcher = scene.dispatching()
        scene.dispatcher.start()
        await scene.until(lambda: scene.lag() == 0)

    assert play(act, ScriptedSink(202)).posted() == ["slow", "late"]


def test_what_does_not_end_in_time_comes_again() -> None:
    async def act(scene: Scene) -> None:
        scene.sink.gate = asyncio.Event()
        scene.append("stuck")
        await scene.until(lambda: len(scene.posted()) == 1)
        await scene.dispatcher.stop(grace_s=0.05)
        assert scene.lag() == 1
        scene.sink.gate.set()
        scene.dispatcher = scene.dispatching()
        scene.dispatcher.start()
        await scene.until(lambda: scene.lag() == 0)

    assert play(act, ScriptedSink(202)).posted() == ["stuck", "stuck"]
