"""One simulation: a log, functions, processes of the data plane, and a trace of what happens."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from knative.local.eventing.message.message import Message
from knative.local.eventing.process.app import Eventing
from knative.local.eventing.runtime import crash_points
from knative.local.eventing.runtime.crash_points import Label
from knative.local.eventing.trace.event_trace import TraceStep
from knative.manifests.model import Manifests, Name
from knative.manifests.references import References
from knative.simulator.blocking import Killed
from knative.simulator.clock import START, VirtualClock
from knative.simulator.log import NO_FAULTS, Connection, LogFaults
from knative.simulator.processes import OUTSIDE, ProcessLifetime, lifetime_of
from knative.simulator.sinks import Function, FunctionBehaviour, Network, SimulatedHttpClient
from knative.simulator.threads import ThreadingLoop
from shared.adapters.memory.event_log import MemoryLog
from shared.ports.log import Entry

FUNCTIONS_URL = "http://functions"
EVENTING_URL = "http://eventing"
GRACE_S = 5.0


class TraceLine(NamedTuple):
    """One line of the trace."""

    at_s: float
    who: str
    what: str
    step: TraceStep | None = None
    """The step that the data plane recorded."""


class AcknowledgedEntry(NamedTuple):
    """An entry that a group acknowledged, and after how many lines of the trace."""

    n_lines: int
    group: str
    entry: Entry


class Simulation:
    """The log, the network and the clock around the processes of the data plane."""

    def __init__(
        self,
        loop: ThreadingLoop,
        manifests: Manifests,
        log: MemoryLog,
        *,
        log_faults: LogFaults = NO_FAULTS,
        begins: datetime = START,
    ) -> None:
        self.loop = loop
        self.manifests = manifests
        self.log = log
        self.log_faults = log_faults
        self.chance = random.Random(loop.seed)
        self.clock = VirtualClock(loop, begins)
        self.network = Network(self.chance)
        self.planes: list[DataPlane] = []
        self.n_started = 0
        self.trace: list[TraceLine] = []
        self._awaited: tuple[int, asyncio.Future[None]] = (0, loop.create_future())
        self.acknowledged: list[AcknowledgedEntry] = []
        self.members: dict[tuple[str, str, str], None] = {}
        """Topic, group and name of every member that ever joined."""

    def add_function(self, url: str, behaviour: FunctionBehaviour, *, may_reply: bool = False) -> None:
        """Add a function at an address."""
        self.network.functions[url] = Function(behaviour, self.chance, may_reply=may_reply)

    def start(self) -> DataPlane:
        """Start a process of the data plane."""
        self.n_started += 1
        plane = DataPlane(self, f"plane-{self.n_started}")
        self.planes.append(plane)
        return plane

    def kill(self, plane: DataPlane) -> None:
        """End a process as ``kill -9`` would, between any two steps."""
        self.add_line(plane.name, "killed")
        self.planes.remove(plane)
        self.loop.kill(plane.lifetime)
        plane.drop_requests()

    async def crash(self, label: Label, n: int) -> DataPlane:
        """Kill the process that reaches a crash point for the n-th time, there; return it once it is dead."""
        dead: asyncio.Future[DataPlane] = self.loop.create_future()

        def die() -> None:
            plane = next(plane for plane in self.planes if plane.lifetime is lifetime_of())
            self.loop.mark_dead(plane.lifetime)
            self.loop.call_soon(finish, plane, context=OUTSIDE)
            raise Killed

        def finish(plane: DataPlane) -> None:
            self.kill(plane)
            if not dead.done():
                dead.set_result(plane)

        crash_points.arm(f"{label}:{n}", die=die)
        try:
            return await dead
        finally:
            crash_points.arm("")

    async def stop(self, plane: DataPlane) -> None:
        """Send SIGTERM and wait until the process has ended."""
        self.add_line(plane.name, "stops")
        self.planes.remove(plane)
        await plane.stop()
        self.loop.kill(plane.lifetime)
        self.add_line(plane.name, "stopped")

    def evict(self, topic: str, group: str) -> None:
        """Let the log take a member for gone that is not."""
        joined = [member for where, who, member in self.members if (where, who) == (topic, group)]
        if joined:
            member = self.chance.choice(joined)
            self.add_line("log", f"evicts {member} from {group}")
            self.log.kill(topic, group, member)

    def record_joined(self, topic: str, group: str, member: str) -> None:
        """Record that a member joined a group."""
        self.members[topic, group, member] = None

    def record_acknowledged(self, group: str, entries: Sequence[Entry]) -> None:
        """Record an acknowledgement that reached the log."""
        self.acknowledged += [AcknowledgedEntry(len(self.trace), group, entry) for entry in entries]

    def add_line(self, who: str, what: str, step: TraceStep | None = None) -> None:
        """Add a line to the trace."""
        self.trace.append(TraceLine(self.loop.time(), who, what, step))
        if len(self.trace) == self._awaited[0] and not self._awaited[1].done():
            self._awaited[1].set_result(None)

    async def wait_for_lines(self, n: int) -> None:
        """Return when the trace has `n` more lines; one waits at a time."""
        self._awaited = len(self.trace) + n, self.loop.create_future()
        await self._awaited[1]


class DataPlane:
    """One process of the data plane: the real one, over this simulation's log, network and clock."""

    def __init__(self, simulation: Simulation, name: str) -> None:
        self.name = name
        self.lifetime = ProcessLifetime()
        self.http_client = SimulatedHttpClient(simulation.network, name)
        self._simulation = simulation
        self._pending_reads: set[asyncio.Future[int | None]] = set()
        simulation.add_line(name, "starts")
        self._eventing = self.lifetime.run(self._begin)

    def record(self, step: TraceStep) -> None:
        """Take a step of the process's event trace."""
        if self.lifetime.alive:
            self._simulation.add_line(self.name, step.what, step)

    async def post(self, broker: Name, event: Message) -> int | None:
        """Post an event to a Broker's ingress; the status, or None when the process died meanwhile."""
        answered: asyncio.Future[int | None] = self._simulation.loop.create_future()
        self._pending_reads.add(answered)
        serving = self.lifetime.run(lambda: self._simulation.loop.create_task(self._serve(broker, event, answered)))
        try:
            return await answered
        finally:
            self._pending_reads.discard(answered)
            serving.cancel()

    async def lag(self) -> int:
        """Return the lag of all consumers, as ``/status`` reports it."""
        status = await self._eventing.status()
        return sum(counts["lag"] for counts in (*status["kafkasources"].values(), *status["triggers"].values()))

    async def stop(self) -> None:
        """End in an orderly way: the ingress first, as the server does."""
        if self._pending_reads:
            await asyncio.wait(self._pending_reads, timeout=GRACE_S)
        self.drop_requests()
        await self.lifetime.run(lambda: self._simulation.loop.create_task(self._eventing.stop(grace_s=GRACE_S)))

    def drop_requests(self) -> None:
        """Tell the senders of open requests that the process is gone."""
        for answered in self._pending_reads:
            if not answered.done():
                answered.set_result(None)

    def _begin(self) -> Eventing:
        simulation = self._simulation
        eventing = Eventing(
            simulation.manifests,
            log=Connection(simulation.log, simulation),
            references=References(simulation.manifests, functions_url=FUNCTIONS_URL, eventing_url=EVENTING_URL),
            http_client=self.http_client,
            clock=simulation.clock,
            trace=self,
        )
        eventing.start()
        return eventing

    async def _serve(self, broker: Name, event: Message, answered: asyncio.Future[int | None]) -> None:
        headers, body = event.request()
        scope = {
            "type": "http",
            "method": "POST",
            "path": f"/{broker}",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(sent: Any) -> None:
            if sent["type"] == "http.response.start" and not answered.done():
                answered.set_result(sent["status"])

        await self._eventing.ingress(scope, receive, send)
