"""Sends events by a schedule: a little jitter, a few quick retries, and a missed tick is never made up for."""

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
_MAX_WAIT_S = 30.0
"""No wait is longer: after a laptop slept, its clock has moved and the timers have not."""


class Ticker:
    """Runs one PingSource."""

    def __init__(
        self,
        source: PingSource,
        sink: Address | Topic,
        *,
        http_client: HttpClient,
        writer: LogWriter,
        clock: Clock,
        trace: EventTrace,
        counters: Counters,
        jitter: Callable[[], float] = lambda: random.uniform(0, MAX_JITTER_S),
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._source = source
        self._sink = sink
        self._http_client = http_client
        self._writer = writer
        self._clock = clock
        self._trace = trace
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
                await self._clock.sleep(min(left_s, _MAX_WAIT_S))
            task = asyncio.create_task(self.tick())
            self._ticks.add(task)
            task.add_done_callback(self._ticks.discard)

    async def tick(self) -> None:
        """Send one event; a tick that is refused, or not accepted at the last retry, is lost."""
        await self._clock.sleep(self._jitter())
        self._counters.in_flight += 1
        try:
            message = self._make_event()
            self._record(message, what="ticked", type=TYPE, trace=message.trace_id)
            response = await self._send(message)
            if policy.verdict_for(response.status) is Verdict.DELIVERED:
                self._counters.delivered += 1
                self._record(message, what="delivered", status=response.status)
            else:
                self._counters.lost += 1
                self._record(message, what="lost", status=response.status, detail=response.error)
        finally:
            self._counters.in_flight -= 1

    async def _send(self, message: Message) -> Response:
        """Return the last response: the first that ends the tick, or that to the last retry."""
        response = Response()
        for attempt in range(1, RETRIES + 2):
            if attempt > 1:
                self._counters.retried += 1
                wait_s = FIRST_WAIT_S * 2 ** (attempt - 2)
                self._record(message, what="waits", attempt=attempt, wait_s=wait_s)
                await self._clock.sleep(wait_s)
            began = self._clock.now()
            response = await self._attempt(message)
            facts = {"attempt": attempt, "status": response.status, "detail": response.failure_text}
            took_s = (self._clock.now() - began).total_seconds()
            self._record(message, what="attempt", **facts, took_s=took_s, place=self._sink.url)
            if policy.verdict_for(response.status) is not Verdict.RETRY:
                break
        return response

    async def _attempt(self, message: Message) -> Response:
        if isinstance(self._sink, Topic):
            try:
                await self._writer.append(self._sink.name, message.entry(structured=self._sink.structured))
            except TouchlineError as exc:
                return Response(error=str(exc))
            return Response(status=202)
        headers, body = message.request()
        headers |= {"kn-namespace": self._source.name.namespace, tracing.HEADER: message.traceparent}
        return await self._http_client.post(self._sink.url, headers, body, timeout_s=TIMEOUT_S)

    def _make_event(self) -> Message:
        name = self._source.name
        attributes = {
            "specversion": "1.0",
            "type": TYPE,
            "source": f"/apis/v1/namespaces/{name.namespace}/pingsources/{name.name}",
            "id": self._new_id(),
            "time": rfc3339.format_moment(self._clock.now()),
        }
        if self._source.content_type and self._source.data:
            attributes["datacontenttype"] = self._source.content_type
        return Message(attributes=attributes, data=self._source.data).with_extensions(self._source.extensions)

    def _record(self, message: Message, **facts: Any) -> None:
        consumer = f"PingSource {self._source.name}"
        self._trace.record(TraceStep(source=message.source, id=message.id, consumer=consumer, **facts))
