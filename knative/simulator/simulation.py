"""A log, functions, and processes of the data plane in one simulation; and what everybody in it has seen."""

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
from knative.simulator.blocking import Died
from knative.simulator.clock import START, VirtualClock
from knative.simulator.log import CALM, Connection, Weather
from knative.simulator.processes import OUTSIDE, Life, life_of
from knative.simulator.sinks import Function, Line, Network, Temper
from knative.simulator.threads import ThreadingLoop
from shared.adapters.memory.event_log import MemoryLog
from shared.ports.log import Entry

FUNCTIONS_URL = "http://functions"
EVENTING_URL = "http://eventing"
GRACE_S = 5.0


class Told(NamedTuple):
    """One line of the trace."""

    at_s: float
    who: str
    what: str
    step: TraceStep | None = None
    """As the data plane told it."""


class Acknowledged(NamedTuple):
    """An entry that a group acknowledged, and after how many lines of the trace."""

    n_told: int
    group: str
    entry: Entry


class World:
    """Everything outside the processes of the data plane."""

    def __init__(
        self,
        loop: ThreadingLoop,
        manifests: Manifests,
        log: MemoryLog,
        *,
        weather: Weather = CALM,
        begins: datetime = START,
    ) -> None:
        self.loop = loop
        self.manifests = manifests
        self.log = log
        self.weather = weather
        self.chance = random.Random(loop.seed)
        self.clock = VirtualClock(loop, begins)
        self.network = Network(self.chance)
        self.planes: list[Plane] = []
        self.n_started = 0
        self.trace: list[Told] = []
        self._awaited: tuple[int, asyncio.Future[None]] = (0, loop.create_future())
        self.acknowledged: list[Acknowledged] = []
        self.members: dict[tuple[str, str, str], None] = {}
        """Topic, group and name of everybody who ever joined."""

    def add_function(self, url: str, temper: Temper, *, may_reply: bool = False) -> None:
        """A function at an address."""
        self.network.functions[url] = Function(temper, self.chance, may_reply=may_reply)

    def start(self) -> Plane:
        """Start a process of the data plane."""
        self.n_started += 1
        plane = Plane(self, f"plane-{self.n_started}")
        self.planes.append(plane)
        return plane

    def kill(self, plane: Plane) -> None:
        """``kill -9``, between any two steps of anybody."""
        self.tell(plane.name, "killed")
        self.planes.remove(plane)
        self.loop.kill(plane.life)
        plane.hang_up()

    async def crash(self, label: Label, n: int) -> Plane:
        """Let the process that is at a named moment for the n-th time die there; the process, once it is dead."""
        dead: asyncio.Future[Plane] = self.loop.create_future()

        def die() -> None:
            plane = next(plane for plane in self.planes if plane.life is life_of())
            self.loop.doom(plane.life)
            self.loop.call_soon(bury, plane, context=OUTSIDE)
            raise Died

        def bury(plane: Plane) -> None:
            self.kill(plane)
            if not dead.done():
                dead.set_result(plane)

        crash_points.arm(f"{label}:{n}", die=die)
        try:
            return await dead
        finally:
            crash_points.arm("")

    async def stop(self, plane: Plane) -> None:
        """SIGTERM, and wait until it has ended."""
        self.tell(plane.name, "stops")
        self.planes.remove(plane)
        await plane.stop()
        self.loop.kill(plane.life)
        self.tell(plane.name, "stopped")

    def evict(self, topic: str, group: str) -> None:
        """The log takes a member for gone that is not."""
        joined = [member for where, who, member in self.members if (where, who) == (topic, group)]
        if joined:
            member = self.chance.choice(joined)
            self.tell("log", f"evicts {member} from {group}")
            self.log.kill(topic, group, member)

    def note_joined(self, topic: str, group: str, member: str) -> None:
        """Somebody joined a group."""
        self.members[topic, group, member] = None

    def note_acknowledged(self, group: str, entries: Sequence[Entry]) -> None:
        """An acknowledgement reached the log."""
        self.acknowledged += [Acknowledged(len(self.trace), group, entry) for entry in entries]

    def tell(self, who: str, what: str, step: TraceStep | None = None) -> None:
        """Add to the trace."""
        self.trace.append(Told(self.loop.time(), who, what, step))
        if len(self.trace) == self._awaited[0] and not self._awaited[1].done():
            self._awaited[1].set_result(None)

    async def lines(self, n: int) -> None:
        """Return when the trace has `n` more lines; one waits at a time."""
        self._awaited = len(self.trace) + n, self.loop.create_future()
        await self._awaited[1]


class Plane:
    """One process of the data plane: the real one, over this world's log, network and clock."""

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self.life = Life()
        self.line = Line(world.network, name)
        self._world = world
        self._asked: set[asyncio.Future[int | None]] = set()
        world.tell(name, "starts")
        self._eventing = self.life.run(self._begin)

    def record(self, step: TraceStep) -> None:
        """Take a step of the process's event trace."""
        if self.life.alive:
            self._world.tell(self.name, step.what, step)

    async def post(self, broker: Name, event: Message) -> int | None:
        """The status of an event's way in by the door; None when the process died over it."""
        answered: asyncio.Future[int | None] = self._world.loop.create_future()
        self._asked.add(answered)
        serving = self.life.run(lambda: self._world.loop.create_task(self._serve(broker, event, answered)))
        try:
            return await answered
        finally:
            self._asked.discard(answered)
            serving.cancel()

    async def lag(self) -> int:
        """Over all consumers, as the process tells it."""
        status = await self._eventing.status()
        return sum(told["lag"] for told in (*status["kafkasources"].values(), *status["triggers"].values()))

    async def stop(self) -> None:
        """An orderly end: the door first, as the server does."""
        if self._asked:
            await asyncio.wait(self._asked, timeout=GRACE_S)
        self.hang_up()
        await self.life.run(lambda: self._world.loop.create_task(self._eventing.stop(grace_s=GRACE_S)))

    def hang_up(self) -> None:
        """Whoever waits for the door hears that it is gone."""
        for answered in self._asked:
            if not answered.done():
                answered.set_result(None)

    def _begin(self) -> Eventing:
        world = self._world
        eventing = Eventing(
            world.manifests,
            log=Connection(world.log, world),
            references=References(world.manifests, functions_url=FUNCTIONS_URL, eventing_url=EVENTING_URL),
            http_client=self.line,
            clock=world.clock,
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
