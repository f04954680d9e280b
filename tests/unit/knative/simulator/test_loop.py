"""The loop of the simulator: virtual time, an order drawn from the seed, and nothing of the real simulation."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

import pytest

from knative.simulator.clock import START, VirtualClock
from knative.simulator.isolation import RealWorldRefused
from knative.simulator.loop import Deadlock, Livelock, VirtualLoop, run
from knative.simulator.processes import ProcessLifetime


def test_a_year_passes_at_once() -> None:
    async def main(loop: VirtualLoop) -> float:
        await asyncio.sleep(365 * 86_400)
        return loop.time()

    before = time.monotonic()
    assert run(main, VirtualLoop(1)) == 365 * 86_400
    assert time.monotonic() - before < 20


def test_timers_ring_in_the_order_of_their_moments() -> None:
    async def main(_: VirtualLoop) -> list[float]:
        rung: list[float] = []

        async def wait(seconds: float) -> None:
            await asyncio.sleep(seconds)
            rung.append(seconds)

        await asyncio.gather(*(wait(seconds) for seconds in (3.0, 0.5, 2.0, 0.1)))
        return rung

    assert run(main, VirtualLoop(1)) == [0.1, 0.5, 2.0, 3.0]


async def _who_runs_when(_: VirtualLoop) -> list[int]:
    order: list[int] = []

    async def step(number: int) -> None:
        for _ in range(3):
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(step(number) for number in range(5)))
    return order


def test_the_seed_decides_who_runs_next_and_repeats_it() -> None:
    orders = [tuple(run(_who_runs_when, VirtualLoop(seed))) for seed in range(20)]
    assert orders == [tuple(run(_who_runs_when, VirtualLoop(seed))) for seed in range(20)]
    assert len(set(orders)) == 20


def test_plain_callbacks_keep_their_order() -> None:
    async def main(loop: VirtualLoop) -> list[int]:
        called: list[int] = []
        for number in range(20):
            loop.call_soon(called.append, number)
        await asyncio.sleep(1)
        return called

    assert run(main, VirtualLoop(3)) == list(range(20))


def test_a_timeout_is_virtual_too() -> None:
    async def main(loop: VirtualLoop) -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(600):
                await asyncio.Event().wait()
        return loop.time()

    assert run(main, VirtualLoop(1)) == 600


def test_many_timeouts_that_never_ring_do_not_pile_up() -> None:
    async def main(loop: VirtualLoop) -> int:
        for _ in range(10_000):
            async with asyncio.timeout(600):
                await asyncio.sleep(0)
        return len(loop._timers)

    assert run(main, VirtualLoop(1)) < 3000


def _in_a_thread() -> Coroutine[Any, Any, Any]:
    return asyncio.to_thread(print)


def _over_the_network() -> Coroutine[Any, Any, Any]:
    return asyncio.open_connection("127.0.0.1", 80)


async def _starting_a_thread() -> None:
    threading.Thread(target=print).start()


async def _blocking() -> None:
    time.sleep(0.01)


@pytest.mark.parametrize("act", [_in_a_thread, _over_the_network, _starting_a_thread, _blocking])
def test_threads_sockets_and_blocking_are_refused(act: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    async def main(_: VirtualLoop) -> None:
        await act()

    with pytest.raises(RealWorldRefused):
        run(main, VirtualLoop(1))


def test_waiting_for_what_nobody_does_is_told() -> None:
    async def main(_: VirtualLoop) -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock, match="every task waits"):
        run(main, VirtualLoop(1))


def test_spinning_without_time_passing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knative.simulator.loop.STEPS_AT_ONE_INSTANT", 1000)

    async def main(_: VirtualLoop) -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(Livelock):
        run(main, VirtualLoop(1))


def test_an_exception_that_nobody_takes_is_a_fault() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        async def broken() -> None:
            raise ValueError("mine")

        task = loop.create_task(broken())
        await asyncio.sleep(1)
        del task
        return loop.faults

    (fault,) = run(main, VirtualLoop(1))
    assert "ValueError('mine')" in fault


def test_a_killed_life_takes_no_further_step_and_the_others_go_on() -> None:
    async def main(loop: VirtualLoop) -> tuple[list[str], list[str]]:
        steps: dict[str, list[str]] = {"killed": [], "other": []}

        async def work(name: str) -> None:
            async def child() -> None:
                for _ in range(10):
                    await asyncio.sleep(1)
                    steps[name].append("child")

            await asyncio.gather(child(), child())
            steps[name].append("after")

        lifetime = ProcessLifetime()
        lifetime.run(lambda: loop.create_task(work("killed")))
        other = loop.create_task(work("other"))
        await asyncio.sleep(2.5)
        loop.kill(lifetime)
        await other
        return steps["killed"], steps["other"]

    killed, other = run(main, VirtualLoop(1))
    assert killed == ["child"] * 4
    assert other == [*["child"] * 20, "after"]


def test_what_the_world_answers_to_the_dead_wakes_nobody() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        woken: list[str] = []
        answer: asyncio.Future[str] = loop.create_future()

        async def ask() -> None:
            try:
                woken.append(await answer)
            except Exception:
                woken.append("failed")

        lifetime = ProcessLifetime()
        lifetime.run(lambda: loop.create_task(ask()))
        await asyncio.sleep(1)
        loop.kill(lifetime)
        answer.set_result("late")
        await asyncio.sleep(1)
        return woken

    assert run(main, VirtualLoop(1)) == []


def test_the_clock_follows_the_loop_and_may_jump_over_a_night() -> None:
    async def main(loop: VirtualLoop) -> tuple[datetime, float]:
        clock = VirtualClock(loop)
        await clock.sleep(90)
        clock.jump(8 * 3600)
        return clock.now(), loop.time()

    now, elapsed_s = run(main, VirtualLoop(1))
    assert (now - START).total_seconds() == 8 * 3600 + 90
    assert elapsed_s == 90
