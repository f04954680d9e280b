"""An event loop in virtual time: it never waits, and a seed decides who runs next."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, NoReturn, TypeVar, TypeVarTuple, Unpack

from knative.simulator.isolation import RealWorldRefused, only_virtual
from knative.simulator.processes import ProcessLifetime, is_dead, lifetime_of

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_Loop = TypeVar("_Loop", bound="VirtualLoop")

STEPS_AT_ONE_INSTANT = 1_000_000
"""So much work without any time passing is a loop that spins."""
_CANCELLED_KEPT = 1000


class Deadlock(RuntimeError):
    """Nothing is ready, no timer is set, and the main task still waits."""


class Livelock(RuntimeError):
    """Tasks run on and on while time stands still."""


class _Task(asyncio.Task[Any]):
    """Knows its process; its hash does not depend on its place in memory, so that sets of tasks keep their order."""

    def __init__(self, coro: Any, *, number: int, context: Context | None = None, **options: Any) -> None:
        self._number = number
        self.lifetime = lifetime_of(context)
        super().__init__(coro, context=context, **options)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs ready tasks in an order drawn from a seed; `time` jumps to the next timer when nothing is ready.

    Plain callbacks keep the order in which they were registered, as asyncio promises; only the steps of tasks are
    shuffled, which on a real loop depend on the network.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.ended = False
        self._random = random.Random(seed)
        self._now_s = 0.0
        self._callbacks: deque[asyncio.Handle] = deque()
        self._task_steps: list[asyncio.Handle] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._serial = itertools.count()
        self._n_cancelled = 0
        self._someone_died = False
        self.n_steps = 0
        self._alarm: tuple[int, Callable[[], object]] = (0, int)
        self._steps_now = 0
        self.faults: list[str] = []
        """What asyncio would have logged as an error: exceptions that nothing caught."""
        self.set_task_factory(self._make_task)
        self.set_exception_handler(self._note_fault)

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._now_s

    def call_soon(
        self, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Run a callback at this instant."""
        handle = asyncio.Handle(callback, args, self, context)
        of_task = isinstance(getattr(callback, "__self__", None), asyncio.Task)
        (self._task_steps if of_task else self._callbacks).append(handle)
        return handle

    def call_shuffled(
        self, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> None:
        """Run a callback at this instant, in no order towards any other."""
        self._task_steps.append(asyncio.Handle(callback, args, self, context))

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run a callback after so many virtual seconds."""
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run a callback at a moment of virtual time."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        timer._scheduled = True  # type: ignore[attr-defined]  # asyncio's own
        heapq.heappush(self._timers, (when, next(self._serial), timer))
        return timer

    def after_steps(self, n: int, act: Callable[[], object]) -> None:
        """Do something between two steps, `n` steps from now; it replaces what was to be done so before."""
        self._alarm = (self.n_steps + max(n, 1), act)

    def kill(self, lifetime: ProcessLifetime) -> None:
        """End a process as ``kill -9`` would: its tasks take no further step, whatever they wait for.

        What leaving their frames would still do (``finally``, ``async with``) happens now, without any effect: whatever
        waits on its way out ends there too, and what does not wait has to ask whether the life is still alive.
        """
        self.mark_dead(lifetime)
        self._drop(lambda task: isinstance(task, _Task) and task.lifetime is lifetime)

    def mark_dead(self, lifetime: ProcessLifetime) -> None:
        """Let it take no further step; `kill` has to follow, from outside of it."""
        lifetime.alive = False
        self._someone_died = True

    def end(self) -> None:
        """Drop whatever is still going on, and close."""
        self.ended = True
        self._callbacks.clear()
        self._task_steps.clear()
        self._timers.clear()
        self._drop(lambda _: True)
        self.close()

    def _drop(self, dies: Callable[[asyncio.Task[Any]], bool]) -> None:
        for task in sorted(filter(dies, asyncio.all_tasks(self)), key=hash):
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # asyncio's own
            _close_coroutine(task.get_coro())

    def _run_once(self) -> None:
        """One step: due timers become ready, then one of the ready runs."""
        self._take_due_timers()
        handle = self._pick_ready()
        if handle._cancelled or (self._someone_died and is_dead(handle)):
            return
        self.n_steps += 1
        if self.n_steps == self._alarm[0]:
            self._alarm[1]()
        self._steps_now += 1
        if self._steps_now > STEPS_AT_ONE_INSTANT:
            raise Livelock(f"{STEPS_AT_ONE_INSTANT} steps at {self._now_s:g} s, last {handle!r}")
        handle._run()

    def _pick_ready(self) -> asyncio.Handle:
        steps = self._task_steps
        at = int(self._random.random() * (len(steps) + bool(self._callbacks)))
        if at == len(steps):
            return self._callbacks.popleft()
        steps[at], steps[-1] = steps[-1], steps[at]
        return steps.pop()

    def _take_due_timers(self) -> None:
        """Move to the next timer when nothing is ready, and take every timer that is due."""
        idle = not (self._callbacks or self._task_steps)
        while self._timers:
            when, _, timer = self._timers[0]
            if timer._cancelled:
                heapq.heappop(self._timers)
                continue
            if when > self._now_s:
                if not idle:
                    return
                self._now_s, self._steps_now = when, 0
            heapq.heappop(self._timers)
            timer._scheduled = False  # type: ignore[attr-defined]  # asyncio's own
            self._callbacks.append(timer)
            idle = False
        if idle:
            waiting = "; ".join(sorted(str(task.get_coro()) for task in asyncio.all_tasks(self)))
            raise Deadlock(f"at {self._now_s:g} s every task waits for another: {waiting}")

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Most timers are time-outs that never ring: throw them away before they fill the heap."""
        self._n_cancelled += 1
        if self._n_cancelled > _CANCELLED_KEPT and self._n_cancelled * 2 > len(self._timers):
            self._timers = [timer for timer in self._timers if not timer[2]._cancelled]
            heapq.heapify(self._timers)
            self._n_cancelled = 0

    def _make_task(self, _loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
        return _Task(coro, number=next(self._serial), loop=self, **options)

    def _note_fault(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        task = context.get("future")
        if isinstance(task, _Task) and task.lifetime is not None and not task.lifetime.alive:
            return
        exc = context.get("exception")
        self.faults.append(f"{context['message']}: {exc!r}" if exc else str(context["message"]))

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> NoReturn:  # type: ignore[override]  # any will do
        """Nobody calls from another thread."""
        raise RealWorldRefused("call_soon_threadsafe: there are no threads in a simulation")

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> NoReturn:  # type: ignore[override]  # any will do
        """No threads; the resolution of names, which goes this way, is refused with them."""
        raise RealWorldRefused(f"{getattr(func, '__qualname__', func)}: there are no threads in a simulation")

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """There is none."""


def run(main: Callable[[_Loop], Coroutine[Any, Any, _T]], loop: _Loop) -> _T:
    """Run a simulation to its end and give what its main task returns.

    Raises
    ------
    RealWorldRefused : something wanted a thread, a socket, or to block.
    Deadlock, Livelock : the simulation cannot end.
    """
    with only_virtual(loop.seed):
        try:
            return loop.run_until_complete(main(loop))
        finally:
            loop.end()


def _close_coroutine(coro: Any) -> None:
    """End a coroutine where it stands. One that waits again on its way out is ended there too."""
    for _ in range(10):
        try:
            coro.close()
        except RuntimeError:
            continue
        except Exception:  # errors on the way out of a killed process have no effect
            return
        else:
            return
