"""A running data plane over any log, with subscribers that are Python functions and a clock on which nobody waits."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import yaml

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message.message import Message
from knative.local.eventing.process.app import Eventing
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.local.eventing.sources.ping_source import Ticker
from knative.manifests.kinds import loader
from knative.manifests.model import Manifests, PingSource
from knative.manifests.references import References
from shared.ports.log import EventLog
from tests.support.eventing.doubles import HandClock, ListTrace
from tests.support.eventing.manifests import Object
from tests.support.eventing.network import EVENTING, FUNCTIONS, Cluster, Subscriber
from tests.support.waiting import eventually

T = TypeVar("T")
READY_WITHIN_S = 60.0
"""A group of Kafka takes its time to form."""


class Plane:
    """The process of the data plane, on a thread of its own; made by `running`."""

    def __init__(self, manifests_read: Manifests, log: EventLog, subscribers: Mapping[str, Subscriber]) -> None:
        self.manifests = manifests_read
        self.log = log
        self.journal = ListTrace()
        self.cluster = Cluster(subscribers)
        self.references = References(manifests_read, functions_url=FUNCTIONS, eventing_url=EVENTING)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    @property
    def got(self) -> list[tuple[str, Message]]:
        """Address and event of every request to a subscriber, in order."""
        return self.cluster.got

    def ids(self, url: str) -> list[str]:
        """Of the events that came to an address."""
        return [event.id for to, event in self.got if to == url]

    def post(self, path: str, event: Message, *, structured: bool = False) -> int:
        """Send an event to one of the data plane's own addresses; the status."""
        headers, body = event.request(structured=structured)
        return self.ask("POST", path, headers, body).status or 0

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        """Send any request to the ingress."""
        return self._run(self.cluster.at_ingress(path, headers or {}, body, method=method))

    def status(self) -> Any:
        """What ``/status`` tells."""
        return json.loads(self.ask("GET", "/status").body)

    def tick(self) -> None:
        """Let every PingSource tick once."""
        for source in self.manifests.ping_sources:
            self._run(self._tick(source))

    def settle(self) -> None:
        """Return when every event stored is delivered, dead-lettered or given up."""
        # Lags are read one after the other, and an event may have moved meanwhile; the second look finds it.
        eventually(lambda: self._is_idle() and self._is_idle(), within_s=READY_WITHIN_S, every_s=0.005)

    def start(self) -> None:
        """Begin; it is ready some time later."""
        self._thread.start()
        self._run(self._begin())

    def wait_until_ready(self) -> None:
        """Return when every consumer reads."""
        eventually(lambda: self.ask("GET", "/health/ready").status == 200, within_s=READY_WITHIN_S, every_s=0.005)

    def stop(self) -> None:
        """End it in an orderly way, the log included."""
        assert self.cluster.eventing
        self._run(self.cluster.eventing.stop(grace_s=1))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _begin(self) -> None:
        # Tickers would tick without end on a clock on which nobody waits; `tick` does it.
        manifests_read = replace(self.manifests, ping_sources=())
        self.cluster.eventing = Eventing(
            manifests_read,
            log=self.log,
            references=self.references,
            http_client=self.cluster,
            clock=HandClock(),
            trace=self.journal,
        )
        self.cluster.eventing.start()

    async def _tick(self, source: PingSource) -> None:
        writer = LogWriter(self.log, {})
        ticker = Ticker(
            source,
            self.references.resolve(source.sink),
            http_client=self.cluster,
            writer=writer,
            clock=HandClock(),
            trace=self.journal,
            counters=Counters(),
        )
        await ticker.tick()
        await writer.close()

    def _is_idle(self) -> bool:
        counts_of_kinds = self.status()
        return not any(counts.get("lag", 0) for kind in counts_of_kinds.values() for counts in kind.values())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(READY_WITHIN_S)


@contextmanager
def running(
    folder: Path, objects: Sequence[Object], log: EventLog, subscribers: Mapping[str, Subscriber] | None = None
) -> Iterator[Plane]:
    """A data plane that is ready, for these manifests; subscribers by address, all others answer 202."""
    plane = Plane(loaded(folder, *objects), log, subscribers or {})
    plane.start()
    try:
        plane.wait_until_ready()
        yield plane
    finally:
        plane.stop()


def loaded(folder: Path, *objects: Object) -> Manifests:
    """What these manifests say, read from a folder as at every start."""
    (folder / "all.yaml").write_text(yaml.safe_dump_all(objects))
    return loader.load(folder)


def scripted(*statuses: int) -> Subscriber:
    """Answers with one status after the other, the last one for ever."""
    left: MutableMapping[str, list[int]] = {}

    def answer(event: Message) -> Response:
        mine = left.setdefault(event.id, list(statuses))
        return Response(status=mine.pop(0) if len(mine) > 1 else mine[0])

    return answer
