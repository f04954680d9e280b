"""Blocking in virtual time: the classes of ``threading``, ``queue`` and ``time`` that real code uses."""

from __future__ import annotations

import asyncio
import queue
from collections import deque
from contextvars import copy_context
from typing import Any, Self

import greenlet

from knative.simulator.isolation import RealWorldRefused
from knative.simulator.scheduling import ThreadGreenlet

Killed = greenlet.GreenletExit
"""Ends a thread or a task where it is; code that catches `Exception` does not catch it."""


class _Wait:
    """The present thread, waiting."""

    def __init__(self) -> None:
        me = greenlet.getcurrent()
        if not isinstance(me, ThreadGreenlet):
            raise RealWorldRefused("the event loop must not block: await instead")
        self._me = me
        self._loop = me.thread.loop
        self._context = copy_context()
        self._over = False

    def until_woken(self, timeout_s: float | None) -> bool:
        """Whether it was woken, not timed out."""
        if self._me.thread.is_dead():
            raise Killed
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
    return asyncio.get_running_loop().time()


class Lock:
    """`threading.Lock` and `RLock`: whoever holds it may take it again."""

    def __init__(self) -> None:
        self._holder: greenlet.greenlet | None = None
        self._depth = 0
        self._waits: deque[_Wait] = deque()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self) -> bool:
        """Wait until nobody else holds it."""
        me = greenlet.getcurrent()
        while self._holder not in (None, me):
            self._waits.append(_Wait())
            self._waits[-1].until_woken(None)
        self._holder = me
        self._depth += 1
        return True

    def release(self) -> None:
        """Let the next one have it; whoever died while it waited holds it no more."""
        if self._holder is not greenlet.getcurrent():
            return
        self._depth -= 1
        if not self._depth:
            self._holder = None
            while self._waits and not self._waits.popleft().wake():
                pass


class Condition(Lock):
    """`threading.Condition` with a lock of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[_Wait] = deque()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until notified; the lock is free meanwhile."""
        mine = _Wait()
        self._waiting.append(mine)
        self.release()
        woken = mine.until_woken(timeout)
        if not woken:
            self._waiting.remove(mine)
        self.acquire()
        return woken

    def notify(self, n: int = 1) -> None:
        """Wake some who wait."""
        while n > 0 and self._waiting:
            n -= self._waiting.popleft().wake()

    def notify_all(self) -> None:
        """Wake all who wait."""
        self.notify(len(self._waiting))


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
        """Wait until it is set."""
        if not self._set:
            with self._changed:
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
            with self._changed:
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
        """Return the number of items."""
        return len(self._items)
