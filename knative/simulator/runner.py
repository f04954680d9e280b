"""Plays a scenario: producers send, incidents happen, and in the end everything settles."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Sequence

from knative.local.eventing.runtime.crash_points import LABELS
from knative.simulator import workload as setting
from knative.simulator.history import History
from knative.simulator.log import NO_FAULTS
from knative.simulator.loop import run
from knative.simulator.scenarios import Scenario
from knative.simulator.simulation import Simulation
from knative.simulator.threads import ThreadingLoop, replace_threading
from knative.simulator.workload import ProducedEvent
from shared.adapters.memory.event_log import MemoryLog
from shared.adapters.memory.partitioned_log import PartitionedLog
from shared.errors import TouchlineError

STUCK_AFTER_S = 120.0
"""No back-off and no time limit is so long: without a step for this time, nothing will happen any more."""
LINES_PER_EVENT = 8
"""About so many lines of the trace: incidents are spread over them, so that they happen during the work."""
STEPS_AFTER_LINE = 40
QUIET_S = 3.0
"""After so long without a line an incident happens all the same."""
DOWN_S = 2.0
"""A process or the log is gone for so long at most."""
AGAIN_AFTER_S = 0.3
"""A producer that got no 202 tries again after this time."""
GAP_S = 0.05
"""Between two events of a key, at most."""


def play(scenario: Scenario) -> History:
    """Play the scenario to its end."""

    async def main(loop: ThreadingLoop) -> History:
        log = PartitionedLog() if scenario.is_partitioned else MemoryLog()
        history = History(scenario, Simulation(loop, setting.manifests(scenario), log, log_faults=scenario.log_faults))
        await _ScenarioRunner(history).run()
        return history

    with replace_threading():
        return run(main, ThreadingLoop(scenario.seed))


class _ScenarioRunner:
    """Makes happen what the scenario says."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._scenario = history.scenario
        self._simulation = history.simulation

    async def run(self) -> None:
        """Run the scenario from the first process to the last."""
        for consumer in self._history.consumers:
            may_reply = consumer.url in setting.REPLYING
            self._simulation.add_function(consumer.url, self._scenario.behaviour, may_reply=may_reply)
        self._simulation.add_function(setting.LETTERS_URL, self._scenario.letters_behaviour)
        self._simulation.log.ensure_topic(setting.LETTERS_TOPIC, partitions=1)
        for topic in setting.SOURCE_TOPICS:
            self._simulation.log.ensure_topic(topic, partitions=setting.SOURCE_PARTITIONS)
        for _ in range(self._scenario.planes):
            self._start()
        by_key: dict[str, list[ProducedEvent]] = defaultdict(list)
        for each in self._history.sent:
            by_key[each.key].append(each)
        await asyncio.gather(self._run_incidents(), *(self._produce(events) for events in by_key.values()))
        self._simulation.log_faults = NO_FAULTS
        await self._settle()
        for plane in list(self._simulation.planes):
            await self._simulation.stop(plane)

    def _start(self) -> None:
        self._history.planes.append(self._simulation.start())

    async def _produce(self, events: Sequence[ProducedEvent]) -> None:
        """Send the events of one key, each until it is stored."""
        for each in events:
            await asyncio.sleep(self._simulation.chance.random() * GAP_S)
            while not each.accepted:
                each.accepted = await self._send(each)
                if not each.accepted:
                    await asyncio.sleep(AGAIN_AFTER_S)

    async def _send(self, each: ProducedEvent) -> bool:
        if self._scenario.input_path == "broker":
            plane = self._simulation.chance.choice(self._simulation.planes) if self._simulation.planes else None
            return plane is not None and await plane.post(setting.BROKER, each.event()) == 202
        try:
            self._simulation.log.append(each.topic(), [each.record()])
        except TouchlineError:
            return False
        return True

    async def _run_incidents(self) -> None:
        for incident in self._scenario.incidents:
            await self._wait_for_some_steps()
            await getattr(self, f"_{incident}")()

    async def _wait_for_some_steps(self) -> None:
        """Wait until something has just happened."""
        chance, loop = self._simulation.chance, self._simulation.loop
        n_lines = 2 * LINES_PER_EVENT * self._scenario.n_events // (len(self._scenario.incidents) + 1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                await self._simulation.wait_for_lines(chance.randrange(1, n_lines + 2))
        reached = loop.create_future()
        loop.after_steps(chance.randrange(STEPS_AFTER_LINE), lambda: reached.set_result(None))
        await reached

    async def _kill(self) -> None:
        plane = self._simulation.chance.choice(self._simulation.planes)
        self._simulation.kill(plane)
        await asyncio.sleep(self._simulation.chance.random() * DOWN_S)
        self._start()

    async def _crash(self) -> None:
        """Kill a process at a crash point, where there may be no step between two things."""
        label, n = self._simulation.chance.choice(LABELS), self._simulation.chance.randint(1, self._scenario.n_events)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                await self._simulation.crash(label, n)
                self._start()

    async def _stop(self) -> None:
        plane = self._simulation.chance.choice(self._simulation.planes)
        await self._simulation.stop(plane)
        self._start()

    async def _evict(self) -> None:
        consumer = self._simulation.chance.choice(self._history.consumers)
        self._simulation.evict(self._simulation.chance.choice(consumer.topics), consumer.group)

    async def _outage(self) -> None:
        self._simulation.add_line("log", "silent")
        self._simulation.log.down = True
        await asyncio.sleep(self._simulation.chance.random() * DOWN_S)
        self._simulation.log.down = False
        self._simulation.add_line("log", "back")

    async def _settle(self) -> None:
        """Wait until nothing is left to do, or what is left moves no more."""
        n_lines, last_line_at_s = 0, self._simulation.loop.time()
        while self._simulation.loop.time() - last_line_at_s < STUCK_AFTER_S:
            self._history.open_at_end = await self._simulation.planes[0].lag()
            if not self._history.open_at_end:
                return
            if len(self._simulation.trace) > n_lines:
                n_lines, last_line_at_s = len(self._simulation.trace), self._simulation.loop.time()
            await asyncio.sleep(1)
