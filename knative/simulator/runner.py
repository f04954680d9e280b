"""Lets a scenario happen: producers send, troubles come, and in the end everything settles."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Sequence

from knative.local.eventing.runtime.crash_points import LABELS
from knative.simulator import workload as setting
from knative.simulator.history import History
from knative.simulator.log import CALM
from knative.simulator.loop import run
from knative.simulator.scenarios import Scenario
from knative.simulator.simulation import World
from knative.simulator.threads import ThreadingLoop, standing_in
from knative.simulator.workload import Sent
from shared.adapters.memory.event_log import MemoryLog
from shared.adapters.memory.partitioned_log import PartitionedLog
from shared.errors import TouchlineError

STUCK_AFTER_S = 120.0
"""Nobody waits for so long without a word: no back-off, no time-out."""
LINES_PER_EVENT = 8
"""Of the trace, about: troubles are spread over them, so that they come while something goes on."""
STEPS_AFTER_LINE = 40
QUIET_S = 3.0
"""After so long without a line a trouble comes all the same."""
DOWN_S = 2.0
"""So long a process or the log is gone, at most."""
AGAIN_AFTER_S = 0.3
"""A producer that was not told 202 tries again."""
GAP_S = 0.05
"""Between two events of a key, at most."""


def play(scenario: Scenario) -> History:
    """Let it happen."""

    async def main(loop: ThreadingLoop) -> History:
        log = PartitionedLog() if scenario.divided else MemoryLog()
        history = History(scenario, World(loop, setting.manifests(scenario), log, weather=scenario.weather))
        await _Director(history).direct()
        return history

    with standing_in():
        return run(main, ThreadingLoop(scenario.seed))


class _Director:
    """Makes what the scenario says happen."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._scenario = history.scenario
        self._world = history.world

    async def direct(self) -> None:
        """From the first process to the last."""
        for consumer in self._history.consumers:
            may_reply = consumer.url in setting.REPLYING
            self._world.add_function(consumer.url, self._scenario.temper, may_reply=may_reply)
        self._world.add_function(setting.LETTERS_URL, self._scenario.letters_temper)
        self._world.log.ensure_topic(setting.LETTERS_TOPIC, partitions=1)
        for topic in setting.SOURCE_TOPICS:
            self._world.log.ensure_topic(topic, partitions=setting.SOURCE_PARTITIONS)
        for _ in range(self._scenario.planes):
            self._start()
        by_key: dict[str, list[Sent]] = defaultdict(list)
        for each in self._history.sent:
            by_key[each.key].append(each)
        await asyncio.gather(self._trouble(), *(self._produce(events) for events in by_key.values()))
        self._world.weather = CALM
        await self._settle()
        for plane in list(self._world.planes):
            await self._world.stop(plane)

    def _start(self) -> None:
        self._history.planes.append(self._world.start())

    async def _produce(self, events: Sequence[Sent]) -> None:
        """Send the events of one key, each until it is stored."""
        for each in events:
            await asyncio.sleep(self._world.chance.random() * GAP_S)
            while not each.accepted:
                each.accepted = await self._send(each)
                if not each.accepted:
                    await asyncio.sleep(AGAIN_AFTER_S)

    async def _send(self, each: Sent) -> bool:
        if self._scenario.way == "broker":
            plane = self._world.chance.choice(self._world.planes) if self._world.planes else None
            return plane is not None and await plane.post(setting.BROKER, each.event()) == 202
        try:
            self._world.log.append(each.topic(), [each.record()])
        except TouchlineError:
            return False
        return True

    async def _trouble(self) -> None:
        for trouble in self._scenario.troubles:
            await self._some_steps()
            await getattr(self, f"_{trouble}")()

    async def _some_steps(self) -> None:
        """Until anything has just happened."""
        chance, loop = self._world.chance, self._world.loop
        n_lines = 2 * LINES_PER_EVENT * self._scenario.n_events // (len(self._scenario.troubles) + 1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                await self._world.lines(chance.randrange(1, n_lines + 2))
        reached = loop.create_future()
        loop.after_steps(chance.randrange(STEPS_AFTER_LINE), lambda: reached.set_result(None))
        await reached

    async def _kill(self) -> None:
        plane = self._world.chance.choice(self._world.planes)
        self._world.kill(plane)
        await asyncio.sleep(self._world.chance.random() * DOWN_S)
        self._start()

    async def _crash(self) -> None:
        """At a named moment, where there may be no step between two things."""
        label, n = self._world.chance.choice(LABELS), self._world.chance.randint(1, self._scenario.n_events)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                await self._world.crash(label, n)
                self._start()

    async def _stop(self) -> None:
        plane = self._world.chance.choice(self._world.planes)
        await self._world.stop(plane)
        self._start()

    async def _evict(self) -> None:
        consumer = self._world.chance.choice(self._history.consumers)
        self._world.evict(self._world.chance.choice(consumer.topics), consumer.group)

    async def _outage(self) -> None:
        self._world.tell("log", "silent")
        self._world.log.down = True
        await asyncio.sleep(self._world.chance.random() * DOWN_S)
        self._world.log.down = False
        self._world.tell("log", "back")

    async def _settle(self) -> None:
        """Until nothing is left to do, or what is left moves no more."""
        n_told, told_at_s = 0, self._world.loop.time()
        while self._world.loop.time() - told_at_s < STUCK_AFTER_S:
            self._history.open_at_end = await self._world.planes[0].lag()
            if not self._history.open_at_end:
                return
            if len(self._world.trace) > n_told:
                n_told, told_at_s = len(self._world.trace), self._world.loop.time()
            await asyncio.sleep(1)
