"""Threads in virtual time: real code that starts threads and blocks, in an order drawn from the seed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any

import pytest

from knative.simulator.blocking import Condition, Event, Lock, SimpleQueue, monotonic, sleep
from knative.simulator.isolation import RealWorldRefused
from knative.simulator.loop import run
from knative.simulator.processes import ProcessLifetime
from knative.simulator.threads import Thread, ThreadingLoop, replace_threading


def play(main: Callable[[ThreadingLoop], Coroutine[Any, Any, Any]], seed: int = 1) -> Any:
    return run(main, ThreadingLoop(seed))


def test_a_thread_that_sleeps_takes_virtual_time() -> None:
    async def main(loop: ThreadingLoop) -> float:
        await asyncio.to_thread(sleep, 3600)
        return loop.time()

    assert play(main) == 3600


def test_a_thread_hands_items_to_the_loop_and_back() -> None:
    async def main(loop: ThreadingLoop) -> list[str]:
        requests, events = SimpleQueue(), asyncio.Queue[str]()

        def serve() -> None:
            while (item := requests.get()) is not None:
                loop.call_soon_threadsafe(events.put_nowait, f"{item}!")

        thread = Thread(target=serve)
        thread.start()
        for item in ("one", "two"):
            requests.put(item)
        answers = [await events.get(), await events.get()]
        requests.put(None)
        await asyncio.to_thread(thread.join)
        assert not thread.is_alive()
        return answers

    assert play(main) == ["one!", "two!"]


def test_waiting_ends_when_told_or_when_time_is_up() -> None:
    async def main(_: ThreadingLoop) -> list[tuple[bool, float]]:
        event, result = Event(), []

        def wait() -> None:
            result.append((event.wait(10), monotonic()))
            result.append((event.wait(10), monotonic()))
            event.clear()

        thread = Thread(target=wait)
        thread.start()
        await asyncio.sleep(15)
        event.set()
        await asyncio.to_thread(thread.join)
        return result

    assert play(main) == [(False, 10.0), (True, 15.0)]


def test_one_is_woken_by_notify_and_every_one_by_notify_all() -> None:
    async def main(_: ThreadingLoop) -> tuple[int, int]:
        changed, woken = Condition(), []

        def wait() -> None:
            with changed:
                changed.wait()
            woken.append(1)

        threads = [Thread(target=wait) for _ in range(3)]
        for thread in threads:
            thread.start()
        await asyncio.sleep(1)
        changed.notify()
        await asyncio.sleep(1)
        first = len(woken)
        changed.notify_all()
        await asyncio.sleep(1)
        return first, len(woken)

    assert play(main) == (1, 3)


def test_a_lock_is_held_by_one_thread_also_while_that_waits() -> None:
    async def main(_: ThreadingLoop) -> list[str]:
        lock, events = Lock(), []

        def work(name: str) -> None:
            with lock, lock:
                events.append(name)
                sleep(1)
                events.append(name)

        threads = [Thread(target=work, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        await asyncio.sleep(10)
        return events

    events = play(main)
    assert events[0::2] == events[1::2]
    assert sorted(events[0::2]) == ["a", "b", "c"]


def test_the_seed_decides_which_thread_runs_first() -> None:
    async def main(_: ThreadingLoop) -> tuple[int, ...]:
        order: list[int] = []
        threads = [Thread(target=order.append, args=(number,)) for number in range(5)]
        for thread in threads:
            thread.start()
        await asyncio.sleep(0.1)
        return tuple(order)

    orders = [play(main, seed) for seed in range(10)]
    assert orders == [play(main, seed) for seed in range(10)]
    assert len(set(orders)) > 5


def test_what_a_function_raises_in_a_thread_is_raised_by_who_awaits_it() -> None:
    def broken() -> None:
        raise ValueError("mine")

    async def main(_: ThreadingLoop) -> None:
        await asyncio.to_thread(broken)

    with pytest.raises(ValueError, match="mine"):
        play(main)


def test_a_thread_that_breaks_is_a_fault() -> None:
    async def main(loop: ThreadingLoop) -> list[str]:
        Thread(target=lambda: 1 / 0, name="t").start()
        await asyncio.sleep(1)
        return loop.faults

    (fault,) = play(main)
    assert "thread t: ZeroDivisionError" in fault


def test_blocking_the_loop_is_refused() -> None:
    async def main(_: ThreadingLoop) -> None:
        Event().wait(1)

    with pytest.raises(RealWorldRefused, match="await instead"):
        play(main)


def test_a_killed_thread_goes_no_further_even_on_its_way_out() -> None:
    async def main(loop: ThreadingLoop) -> tuple[list[str], int]:
        done: list[str] = []

        def work() -> None:
            try:
                while True:
                    sleep(1)
                    done.append("step")
            finally:
                sleep(1)
                done.append("goodbye")

        lifetime = ProcessLifetime()
        lifetime.run(Thread(target=work).start)
        lifetime.run(lambda: loop.create_task(asyncio.to_thread(work)))
        await asyncio.sleep(1.5)
        loop.kill(lifetime)
        await asyncio.sleep(10)
        return done, len(loop.threads)

    assert play(main) == (["step"] * 2, 0)


def test_only_modules_of_ours_are_given_these_threads() -> None:
    import queue
    import threading
    import time

    ours, theirs = ModuleType("knative.local.made_up"), ModuleType("logging.made_up")
    for module in (ours, theirs):
        module.__dict__.update(threading=threading, queue=queue, time=time)
    sys.modules |= {module.__name__: module for module in (ours, theirs)}
    try:
        with replace_threading():
            assert (ours.threading.Thread, ours.queue.SimpleQueue, ours.time.sleep) == (Thread, SimpleQueue, sleep)
            assert ours.queue.Empty is queue.Empty
            assert theirs.threading is threading
        assert (ours.threading, ours.queue, ours.time) == (threading, queue, time)
    finally:
        del sys.modules[ours.__name__], sys.modules[theirs.__name__]
