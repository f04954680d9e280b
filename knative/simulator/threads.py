"""Threads in virtual time: code that starts threads and blocks runs as it is, each thread a greenlet.

A thread runs until it blocks, then the loop goes on; whoever wakes it makes it ready, and the seed decides when it
runs, as with tasks. So nothing interleaves within a line, but everything does wherever a thread can wait.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from typing import Any
from unittest import mock

import greenlet

from knative.simulator.blocking import Condition, Event, Killed, Lock, SimpleQueue, monotonic, sleep
from knative.simulator.loop import VirtualLoop
from knative.simulator.processes import ProcessLifetime, lifetime_of
from knative.simulator.scheduling import ThreadGreenlet

REPLACED_IN = ("knative.local", "shared.adapters.memory.event_log")
"""Modules, with all below them, that run on these threads."""


class ThreadingLoop(VirtualLoop):
    """A virtual loop whose tasks may start threads."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.hub = greenlet.getcurrent()
        self.threads: dict[Thread, None] = {}

    def kill(self, lifetime: ProcessLifetime) -> None:
        """End its threads with it."""
        super().kill(lifetime)
        for thread in [each for each in self.threads if each.lifetime is lifetime]:
            thread.end()

    def end(self) -> None:
        """Drop the threads with all else."""
        self.ended = True
        for thread in list(self.threads):
            thread.end()
        super().end()

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:  # type: ignore[override]  # any will do
        """Do as `call_soon`: only one thread runs at a time."""
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]  # any will do
        """Call in a thread of its own."""
        done = self.create_future()

        def call() -> None:
            try:
                result = func(*args)
            except Exception as exc:
                self.call_soon(_set_result, done, done.set_exception, exc)
            else:
                self.call_soon(_set_result, done, done.set_result, result)

        Thread(target=call).start()
        return done


def _set_result(done: asyncio.Future[Any], setter: Callable[[Any], None], result: object) -> None:
    if not done.done():
        setter(result)


class Thread:
    """`threading.Thread`."""

    def __init__(
        self,
        *,
        target: Callable[..., object],
        name: str = "",
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        daemon: bool | None = None,
    ) -> None:
        self.name = name
        self.lifetime: ProcessLifetime | None = None
        self._work: Callable[[], object] = lambda: target(*args, **(kwargs or {}))
        self._ended = Event()

    def start(self) -> None:
        """Begin when the seed says so."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, ThreadingLoop)
        self.loop = loop
        self.lifetime = lifetime_of()
        self.loop.threads[self] = None
        self._greenlet = ThreadGreenlet(self._run, parent=self.loop.hub)
        self._greenlet.thread = self
        self._greenlet.gr_context = copy_context()
        self.loop.call_shuffled(self._greenlet.switch)

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended."""
        self._ended.wait(timeout)

    def is_alive(self) -> bool:
        """Whether it has begun and not ended."""
        return self in self.loop.threads

    def is_dead(self) -> bool:
        """Whether its process was killed, or the simulation is over."""
        return self.loop.ended or (self.lifetime is not None and not self.lifetime.alive)

    def end(self) -> None:
        """End it where it waits."""
        self._greenlet.throw(Killed)
        self.loop.threads.pop(self, None)

    def _run(self) -> None:
        try:
            self._work()
        except Killed:
            pass
        except Exception as exc:
            if not self.is_dead():
                self.loop.faults.append(f"thread {self.name}: {exc!r}")
        finally:
            self.loop.threads.pop(self, None)
            self._ended.set()


class _ModuleProxy:
    """A module with some of its names replaced."""

    def __init__(self, real: object, **names: object) -> None:
        self.__dict__.update(names)
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


_REPLACEMENTS = {
    threading: _ModuleProxy(threading, Thread=Thread, Event=Event, Condition=Condition, Lock=Lock, RLock=Lock),
    queue: _ModuleProxy(queue, SimpleQueue=SimpleQueue, Queue=SimpleQueue),
    time: _ModuleProxy(time, sleep=sleep, monotonic=monotonic),
}


@contextmanager
def replace_threading() -> Iterator[None]:
    """Let modules of ours that say ``threading``, ``queue`` or ``time`` mean these."""
    with ExitStack() as replaced:
        for name, module in list(sys.modules.items()):
            if not f"{name}.".startswith(tuple(f"{prefix}." for prefix in REPLACED_IN)):
                continue
            for own, value in list(vars(module).items()):
                if value in (threading, queue, time):
                    replaced.enter_context(mock.patch.object(module, own, _REPLACEMENTS[value]))
        yield
