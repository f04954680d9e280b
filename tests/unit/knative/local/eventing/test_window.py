"""The window alone, without a thread: lanes by key, the bounds, and what may be acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.delivery.runner import DeliveryRunner
from knative.local.eventing.delivery.window import MAX_HELD_BYTES, MAX_KEYS_IN_FLIGHT, ConsumerConfig, Window
from knative.local.eventing.message import message
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.manifests import report
from knative.manifests.model import Order
from shared.adapters.memory.event_log import MemoryLog
from shared.ports.log import Entry
from tests.support.eventing.doubles import HandClock, ListTrace, make_event
from tests.support.eventing.manifest_folders import BROKER, SERVICE, SOURCE, TRIGGER, faults, load
from tests.unit.knative.local.eventing.test_runner import subscription

PER_KEY = "annotations: {touchline.io/delivery.order: per-key}"


class HeldSink:
    """A `HttpClient` that answers each event when it is told to."""

    def __init__(self) -> None:
        self.waiting: dict[str, asyncio.Future[int]] = {}
        self.begun: list[str] = []

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout_s: float | None) -> Response:
        name = headers["ce-id"]
        self.begun.append(name)
        self.waiting[name] = asyncio.get_running_loop().create_future()
        return Response(status=await self.waiting[name])

    def answer(self, name: str, status: int = 202) -> None:
        self.waiting.pop(name).set_result(status)

    async def close(self) -> None:
        pass


class Scene:
    """A window and a sink that waits."""

    def __init__(self, order: Order, *, limit: int = 0) -> None:
        self.sink, self.counters = HeldSink(), Counters()
        writer = LogWriter(MemoryLog(), {})
        self.courier = DeliveryRunner(http_client=self.sink, writer=writer, clock=HandClock(), trace=ListTrace())
        self.window = Window(
            ConsumerConfig(
                topic="t",
                partitions=1,
                group="g",
                member="m",
                decode=message.from_entry,
                order=order,
                in_flight_limit=limit,
            ),
            target=subscription(dead_letter=None),
            runner=self.courier,
            trace=ListTrace(),
            counters=self.counters,
            call_soon=asyncio.get_running_loop().call_soon,
        )
        self._offset = 0
        self._writer = writer

    async def put(self, *names: str, data: bytes = b"") -> None:
        """Names such as ``a1``: the letter is the key, ``-`` is none."""
        entries = []
        for name in names:
            key = {} if name[0] == "-" else {"partitionkey": name[0]}
            new = make_event(name, data).with_extensions(key).entry()
            entries.append(
                Entry(
                    topic="t",
                    partition=0,
                    offset=str(self._offset),
                    timestamp_ms=0,
                    value=new.value,
                    key=new.key,
                    headers=new.headers,
                )
            )
            self._offset += 1
        self.window.submit(entries)
        await self.settle()

    async def answer(self, *names: str, status: int = 202) -> None:
        for name in names:
            self.sink.answer(name, status)
        await self.settle()

    async def settle(self) -> None:
        """Until every delivery under way waits for the sink's answer."""
        for _ in range(3):
            await asyncio.sleep(0)
        while self.counters.in_flight > len(self.sink.waiting):
            await asyncio.sleep(0)

    def completed(self) -> list[str]:
        return [message.from_entry(entry).id for entry in self.window.take_completed()]

    async def close(self) -> None:
        await self.window.stop(grace_s=0)
        await self._writer.close()


def test_keys_run_side_by_side_and_each_in_order() -> None:
    async def act() -> None:
        scene = Scene(Order.PER_KEY)
        await scene.put("a1", "a2", "b1", "c1", "b2")
        assert scene.sink.begun == ["a1", "b1", "c1"]
        await scene.answer("b1")
        assert scene.sink.begun == ["a1", "b1", "c1", "b2"]
        await scene.answer("a1", "b2")
        assert scene.sink.begun[-1] == "a2"
        await scene.close()

    asyncio.run(act())


def test_an_event_without_a_key_is_a_lane_of_its_own() -> None:
    async def act() -> None:
        scene = Scene(Order.PER_KEY)
        await scene.put("-1", "-2", "-3")
        assert scene.sink.begun == ["-1", "-2", "-3"]
        await scene.close()

    asyncio.run(act())


def test_a_failing_event_holds_back_its_own_key_only() -> None:
    async def act() -> None:
        scene = Scene(Order.PER_KEY)
        await scene.put("a1", "a2", "b1")
        await scene.answer("a1", status=503)
        await scene.answer("b1")
        assert scene.sink.begun == ["a1", "b1", "a1"]
        assert scene.completed() == ["b1"]
        await scene.close()

    asyncio.run(act())


def test_only_what_has_ended_may_be_acknowledged_and_is_told_once() -> None:
    async def act() -> None:
        scene = Scene(Order.UNORDERED)
        await scene.put("-1", "-2", "-3")
        assert scene.completed() == []
        await scene.answer("-3")
        await scene.answer("-1")
        assert scene.completed() == ["-3", "-1"]
        assert scene.completed() == []
        await scene.close()

    asyncio.run(act())


def test_lanes_by_key_are_bounded() -> None:
    async def act() -> None:
        scene = Scene(Order.PER_KEY)
        room = scene.window.capacity
        await scene.put(*(f"-{n}" for n in range(room)))
        assert len(scene.sink.begun) == scene.counters.in_flight == MAX_KEYS_IN_FLIGHT
        assert scene.window.capacity == 0
        await scene.answer("-0", "-1")
        assert len(scene.sink.begun) == MAX_KEYS_IN_FLIGHT + 2
        assert scene.window.capacity == 0
        assert len(scene.completed()) == scene.window.capacity == 2
        await scene.close()

    asyncio.run(act())


def test_large_entries_are_bounded_by_their_bytes() -> None:
    async def act() -> None:
        scene = Scene(Order.UNORDERED)
        await scene.put("-1", "-2", "-3", data=bytes(MAX_HELD_BYTES // 2))
        assert scene.window.capacity == 0
        await scene.answer("-1")
        assert scene.completed() == ["-1"]
        assert scene.window.capacity == 0
        await scene.answer("-2")
        assert scene.completed() == ["-2"]
        assert scene.window.capacity > 100
        await scene.close()

    asyncio.run(act())


def test_what_cannot_even_be_read_is_not_acknowledged_and_keeps_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act() -> None:
        monkeypatch.setattr(message, "from_entry", lambda _: 1 // 0)
        scene = Scene(Order.UNORDERED)
        room = scene.window.capacity
        await scene.put("-1", "-2")
        assert scene.window.capacity == room - 2
        assert scene.completed() == []
        assert scene.window.capacity == room
        assert not scene.window.is_busy
        await scene.close()

    asyncio.run(act())


@settings(max_examples=40)
@given(
    order=st.sampled_from(list(Order)),
    names=st.lists(st.sampled_from("abc-"), max_size=25),
    choices=st.lists(st.tuples(st.integers(0, 24), st.sampled_from([202, 202, 503, 400])), max_size=60),
    limit=st.integers(1, 5),
)
def test_whatever_is_answered_when_every_event_ends_once_and_each_lane_stays_in_order(
    order: Order, names: list[str], choices: list[tuple[int, int]], limit: int
) -> None:
    ids = [f"{key}{number}" for number, key in enumerate(names)]

    def lane(name: str) -> str:
        return {Order.ORDERED: "all", Order.PER_KEY: name if name[0] == "-" else name[0], Order.UNORDERED: name}[order]

    async def act() -> None:
        scene = Scene(order, limit=limit)
        await scene.put(*ids)
        ended: list[str] = []
        turns = iter(choices)
        while scene.sink.waiting:
            assert len(scene.sink.waiting) <= (1 if order is Order.ORDERED else limit)
            which, status = next(turns, (0, 202))
            await scene.answer(list(scene.sink.waiting)[which % len(scene.sink.waiting)], status=status)
            ended += scene.completed()
        assert sorted(ended) == sorted(ids)
        for each in {lane(name) for name in ids}:
            mine = [name for name in ids if lane(name) == each]
            assert [name for name in ended if name in mine] == mine
        await scene.close()

    asyncio.run(act())


@pytest.mark.parametrize("kind", ["triggers", "kafka_sources"])
def test_the_annotation_asks_for_lanes_by_key_and_is_reported_as_ours(kind: str, tmp_path: Path) -> None:
    document = {"triggers": TRIGGER, "kafka_sources": SOURCE}[kind]
    loaded = load(
        tmp_path, SERVICE, BROKER, document.replace("namespace: touchline}", f"namespace: touchline, {PER_KEY}}}")
    )
    (one,) = getattr(loaded, kind)
    assert one.order is Order.PER_KEY
    (note,) = [line for line in report.format_report(loaded) if "touchline.io/delivery.order" in line]
    assert "a cluster ignores it" in note


def test_another_value_of_the_annotation_is_refused(tmp_path: Path) -> None:
    asked = PER_KEY.replace("per-key", "per-club")
    trigger = TRIGGER.replace("namespace: touchline}", f"namespace: touchline, {asked}}}")
    assert "expected per-key, not 'per-club'" in faults(tmp_path, SERVICE, BROKER, trigger)
