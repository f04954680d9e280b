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
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from typing import Any, Self
from unittest import mock

import greenlet

from knative.simulator.loop import Life, RealWorldRefused, VirtualLoop, current_life

REPLACED_IN = ("knative.local", "shared.testing.memory_log")
"""Modules, with all below them, that run on these threads."""


Died = greenlet.GreenletExit
"""Ends a thread or a task where it is; code that catches `Exception` does not catch it."""


class ThreadingLoop(VirtualLoop):
    """A virtual loop whose tasks may start threads."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.hub = greenlet.getcurrent()
        self.threads: dict[Thread, None] = {}

    def kill(self, life: Life) -> None:
        """End its threads with it."""
        super().kill(life)
        for thread in [each for each in self.threads if each.life is life]:
            thread.end()

    def end(self) -> None:
        """Drop the threads with all else."""
        for thread in list(self.threads):
            thread.end()
        super().end()

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:  # type: ignore[override]
        """As `call_soon`: only one thread runs at a time."""
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Call in a thread of its own."""
        done = self.create_future()

        def call() -> None:
            try:
                found = func(*args)
            except Exception as exc:
                self.call_soon(_tell, done, done.set_exception, exc)
            else:
                self.call_soon(_tell, done, done.set_result, found)

        Thread(target=call).start()
        return done


def _tell(done: asyncio.Future[Any], tell: Callable[[Any], None], found: object) -> None:
    if not done.done():
        tell(found)


def _loop() -> ThreadingLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ThreadingLoop)
    return loop


class _Strand(greenlet.greenlet):
    """What a thread runs on."""

    thread: Thread


class _Wait:
    """The present thread, waiting."""

    def __init__(self) -> None:
        me = greenlet.getcurrent()
        if not isinstance(me, _Strand):
            raise RealWorldRefused("the event loop must not block: await instead")
        self._me = me
        self._loop = me.thread.loop
        self._context = copy_context()
        self._over = False

    def until_woken(self, timeout_s: float | None) -> bool:
        """Whether it was woken, not timed out."""
        if self._me.thread.is_dead():
            raise Died
        timer = None
        if timeout_s is not None:
            timer = self._loop.call_later(max(timeout_s, 0.0), self._go_on, False, context=self._context)
        woken: bool = self._loop.hub.switch()
        if timer is not None:
            timer.cancel()
        return woken

    def wake(self) -> bool:
        """Make it ready; False when it waits no longer."""
        if self._over:
            return False
        self._over = True
        self._loop.call_shuffled(self._me.switch, True, context=self._context)
        return True

    def _go_on(self, woken: bool) -> None:
        if not self._over:
            self._over = True
            self._me.switch(woken)


def sleep(seconds: float) -> None:
    """`time.sleep`."""
    _Wait().until_woken(seconds)


def monotonic() -> float:
    """`time.monotonic`."""
    return _loop().time()


class Condition:
    """`threading.Condition`. Its lock is never contended: nobody waits for anything else while holding it."""

    def __init__(self, lock: object = None) -> None:
        self._waits: deque[_Wait] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def wait(self, timeout: float | None = None) -> bool:
        """Until notified."""
        mine = _Wait()
        self._waits.append(mine)
        return mine.until_woken(timeout)

    def notify(self, n: int = 1) -> None:
        """Wake some who wait."""
        while n > 0 and self._waits:
            n -= self._waits.popleft().wake()

    def notify_all(self) -> None:
        """Wake all who wait."""
        self.notify(len(self._waits))


class Event:
    """`threading.Event`."""

    def __init__(self) -> None:
        self._set = False
        self._changed = Condition()

    def is_set(self) -> bool:
        """Whether it is."""
        return self._set

    def set(self) -> None:
        """Let all go on."""
        self._set = True
        self._changed.notify_all()

    def clear(self) -> None:
        """Let all wait."""
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Until it is set."""
        if not self._set:
            self._changed.wait(timeout)
        return self._set


class SimpleQueue:
    """`queue.SimpleQueue`."""

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._changed = Condition()

    def put(self, item: Any) -> None:
        """Add at the end."""
        self._items.append(item)
        self._changed.notify()

    def get(self, timeout: float | None = None) -> Any:
        """Take the first, or wait for one."""
        ends_s = None if timeout is None else monotonic() + timeout
        while not self._items:
            left_s = None if ends_s is None else ends_s - monotonic()
            if left_s is not None and left_s <= 0:
                raise queue.Empty
            self._changed.wait(left_s)
        return self._items.popleft()

    def get_nowait(self) -> Any:
        """Take the first, or raise `queue.Empty`."""
        if not self._items:
            raise queue.Empty
        return self._items.popleft()

    def empty(self) -> bool:
        """Whether nothing is in it."""
        return not self._items

    def qsize(self) -> int:
        """How many are in it."""
        return len(self._items)


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
        self.life: Life | None = None
        self._work: Callable[[], object] = lambda: target(*args, **(kwargs or {}))
        self._ended = Event()

    def start(self) -> None:
        """Begin when the seed says so."""
        self.loop = _loop()
        self.life = current_life()
        self.loop.threads[self] = None
        self._strand = _Strand(self._run, parent=self.loop.hub)
        self._strand.thread = self
        self._strand.gr_context = copy_context()
        self.loop.call_shuffled(self._strand.switch)

    def join(self, timeout: float | None = None) -> None:
        """Until it has ended."""
        self._ended.wait(timeout)

    def is_alive(self) -> bool:
        """Whether it has begun and not ended."""
        return self in self.loop.threads

    def is_dead(self) -> bool:
        """Whether its process was killed, or the simulation is over."""
        return self.loop.ended or (self.life is not None and not self.life.alive)

    def end(self) -> None:
        """End it where it waits."""
        self._strand.throw(Died)
        self.loop.threads.pop(self, None)

    def _run(self) -> None:
        try:
            self._work()
        except Died:
            pass
        except Exception as exc:
            if not self.is_dead():
                self.loop.faults.append(f"thread {self.name}: {exc!r}")
        finally:
            self.loop.threads.pop(self, None)
            self._ended.set()


class _Instead:
    """A module with some of its names replaced."""

    def __init__(self, real: object, **names: object) -> None:
        self.__dict__.update(names)
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


_INSTEAD = {
    threading: _Instead(threading, Thread=Thread, Event=Event, Condition=Condition, Lock=Condition, RLock=Condition),
    queue: _Instead(queue, SimpleQueue=SimpleQueue, Queue=SimpleQueue),
    time: _Instead(time, sleep=sleep, monotonic=monotonic),
}


@contextmanager
def standing_in() -> Iterator[None]:
    """Let modules of ours that say ``threading``, ``queue`` or ``time`` mean these."""
    with ExitStack() as replaced:
        for name, module in list(sys.modules.items()):
            if not f"{name}.".startswith(tuple(f"{prefix}." for prefix in REPLACED_IN)):
                continue
            for own, value in list(vars(module).items()):
                if value in (threading, queue, time):
                    replaced.enter_context(mock.patch.object(module, own, _INSTEAD[value]))
        yield
