"""Sends stored events to their consumer once more, by the very rules of the data plane, and notes it in the journal."""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.http_client import HttpClient, PooledHttpClient
from knative.local.eventing.delivery.runner import DeliveryRunner, DeliveryTarget
from knative.local.eventing.message.message import Message
from knative.local.eventing.runtime.clock import Clock, SystemClock
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.local.eventing.trace.event_trace import EventTrace, StepKind, TraceStep
from shared.ports.log import EventLog


class Resender:
    """Delivers as the eventing process would, except that what fails stays where it is stored. Use ``async with``."""

    def __init__(
        self,
        log: EventLog,
        event_trace: EventTrace,
        *,
        clock: Clock | None = None,
        http_client: HttpClient | None = None,
    ) -> None:
        """`log` takes the replies."""
        self._log = log
        self._trace = _FailureListener(event_trace)
        self._clock = clock or SystemClock()
        self._http_client = http_client or PooledHttpClient()

    async def __aenter__(self) -> Resender:
        self._writer = LogWriter(self._log, {})
        self._runner = DeliveryRunner(
            http_client=self._http_client, writer=self._writer, clock=self._clock, trace=self._trace
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._writer.close()
        await self._http_client.close()

    async def send(
        self, event: Message, target: DeliveryTarget, *, retries: int, what: StepKind, stored_at: str
    ) -> str:
        """Return why it was not accepted; empty when it was.

        Parameters
        ----------
        event : as its consumer gets it.
        target : the consumer's; its own retries and dead-letter sink count for nothing here.
        retries : after the first attempt, with the waits of the consumer's policy.
        what, stored_at : what the journal calls this, and where the event was stored.
        """
        self._trace.record(TraceStep(what, event.source, event.id, target.label, detail=f"from {stored_at}"))
        once = replace(target, policy=replace(target.policy, retries=retries, dead_letter=None))
        counters = Counters()
        await self._runner.deliver(event, once, counters, dedup_id="")
        return "" if counters.delivered else self._trace.failure


class _FailureListener:
    """Hands steps on, except that something was dropped: it is still stored."""

    def __init__(self, event_trace: EventTrace) -> None:
        self._trace = event_trace
        self.failure = ""

    def record(self, step: TraceStep) -> None:
        """Remember why, or hand on."""
        if step.what == "dropped":
            self.failure = f"{step.status or 'no answer'} {step.detail}".rstrip()
        else:
            self._trace.record(step)
