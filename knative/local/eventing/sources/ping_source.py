"""Events by the clock: a little jitter, a few quick retries, and no catching up on what was missed."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Callable
from typing import Any

from knative.local.eventing.delivery import policy
from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.http_client import HttpClient
from knative.local.eventing.delivery.policy import Response, Verdict
from knative.local.eventing.message.message import Message
from knative.local.eventing.runtime.clock import Clock
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.local.eventing.trace.event_trace import EventTrace, TraceStep
from knative.manifests import schedules
from knative.manifests.model import PingSource
from knative.manifests.references import Address, Topic
from shared import rfc3339
from shared.errors import TouchlineError
from shared.events import tracing

_log = logging.getLogger(__name__)

TYPE = "dev.knative.sources.ping"
RETRIES = 5
FIRST_WAIT_S = 0.05
MAX_JITTER_S = 0.5
TIMEOUT_S = 60.0
_LOOK_AGAIN_S = 30.0
"""No wait is longer: a laptop that slept has to notice that the hour has passed."""


class Ticker:
    """One PingSource."""

    def __init__(
        self,
        source: PingSource,
        sink: Address | Topic,
        *,
        poster: HttpClient,
        writer: LogWriter,
        clock: Clock,
        journal: EventTrace,
        counters: Counters,
        jitter: Callable[[], float] = lambda: random.uniform(0, MAX_JITTER_S),
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._source = source
        self._sink = sink
        self._poster = poster
        self._writer = writer
        self._clock = clock
        self._journal = journal
        self._counters = counters
        self._jitter = jitter
        self._new_id = new_id
        self._ticks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Tick until cancelled. A tick that takes longer than the schedule does not hold up the next one."""
        while True:
            due = schedules.next_after(self._source.schedule, self._source.timezone, self._clock.now())
            if due is None:
                _log.warning("PingSource %s never ticks", self._source.name, extra={"action": "tick_never"})
                return
            while (left_s := (due - self._clock.now()).total_seconds()) > 0:
                await self._clock.sleep(min(left_s, _LOOK_AGAIN_S))
            task = asyncio.create_task(self.tick())
            self._ticks.add(task)
            task.add_done_callback(self._ticks.discard)

    async def tick(self) -> None:
        """Send one event; a tick that is refused, or not taken by the last retry, is lost."""
        await self._clock.sleep(self._jitter())
        self._counters.in_flight += 1
        try:
            message = self._event()
            self._note(message, what="ticked", type=TYPE, trace=message.trace_id)
            answer = await self._sent(message)
            if policy.verdict_for(answer.status) is Verdict.DELIVERED:
                self._counters.delivered += 1
                self._note(message, what="delivered", status=answer.status)
            else:
                self._counters.lost += 1
                self._note(message, what="lost", status=answer.status, detail=answer.error)
        finally:
            self._counters.in_flight -= 1

    async def _sent(self, message: Message) -> Response:
        """The last answer: the first that says it all, or that to the last retry."""
        answer = Response()
        for attempt in range(1, RETRIES + 2):
            if attempt > 1:
                self._counters.retried += 1
                wait_s = FIRST_WAIT_S * 2 ** (attempt - 2)
                self._note(message, what="waits", attempt=attempt, wait_s=wait_s)
                await self._clock.sleep(wait_s)
            began = self._clock.now()
            answer = await self._attempt(message)
            told = {"attempt": attempt, "status": answer.status, "detail": answer.failure_text}
            took_s = (self._clock.now() - began).total_seconds()
            self._note(message, what="attempt", **told, took_s=took_s, place=self._sink.url)
            if policy.verdict_for(answer.status) is not Verdict.RETRY:
                break
        return answer

    async def _attempt(self, message: Message) -> Response:
        if isinstance(self._sink, Topic):
            try:
                await self._writer.append(self._sink.name, message.entry(structured=self._sink.structured))
            except TouchlineError as exc:
                return Response(error=str(exc))
            return Response(status=202)
        headers, body = message.request()
        headers |= {"kn-namespace": self._source.name.namespace, tracing.HEADER: message.traceparent}
        return await self._poster.post(self._sink.url, headers, body, timeout_s=TIMEOUT_S)

    def _event(self) -> Message:
        name = self._source.name
        attributes = {
            "specversion": "1.0",
            "type": TYPE,
            "source": f"/apis/v1/namespaces/{name.namespace}/pingsources/{name.name}",
            "id": self._new_id(),
            "time": rfc3339.text(self._clock.now()),
        }
        if self._source.content_type and self._source.data:
            attributes["datacontenttype"] = self._source.content_type
        return Message(attributes=attributes, data=self._source.data).with_extensions(self._source.extensions)

    def _note(self, message: Message, **told: Any) -> None:
        consumer = f"PingSource {self._source.name}"
        self._journal.note(TraceStep(source=message.source, id=message.id, consumer=consumer, **told))
