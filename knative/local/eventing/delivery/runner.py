"""Brings one event to one consumer: attempts, waits, the reply, and in the end the dead letter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from knative.local.eventing.delivery import policy, replies
from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.dead_letters import headers_that_block_a_cluster, make_dead_letter
from knative.local.eventing.delivery.http_client import HttpClient
from knative.local.eventing.delivery.policy import Policy, Response, Verdict
from knative.local.eventing.delivery.sender import Sender
from knative.local.eventing.ingress.endpoints import IngressEndpoint
from knative.local.eventing.message import hop_limit
from knative.local.eventing.message.message import Message
from knative.local.eventing.runtime.clock import Clock
from knative.local.eventing.runtime.crash_points import reach
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.local.eventing.trace.event_trace import EventTrace, StepKind, TraceStep, event_step
from knative.manifests.model import BrokerClass
from knative.manifests.references import Address, Topic
from shared.errors import InvalidInput, Overloaded, Unavailable

_log = logging.getLogger(__name__)

LOG_RETRY_S = 1.0
"""A dead letter that the log does not take now is offered again after this long, without end: it is not lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTarget:
    """The receiver of a consumer's events, and the rules of delivery."""

    label: str
    """Kind and name, for people."""
    namespace: str
    destination: Address | Topic
    policy: Policy
    reply: IngressEndpoint | Address | Topic | None = None
    """Receives replies: a Trigger's Broker, a Subscription's `reply`; None: they are dropped."""

    @property
    def url(self) -> str:
        """The destination's address."""
        return self.destination.url


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """The result of an attempt."""

    verdict: Verdict
    response: Response
    place: str
    """The URL it ended at."""
    attempt: int


Attempt = Callable[[int], Awaitable[_Outcome]]


class ShutdownRequested(Exception):
    """The process ends; what is not delivered comes again after the next start."""


class DeliveryRunner:
    """Delivers events; shared by all consumers."""

    def __init__(self, *, http_client: HttpClient, writer: LogWriter, clock: Clock, trace: EventTrace) -> None:
        self._sender = Sender(http_client=http_client, writer=writer, clock=clock)
        self._writer = writer
        self._clock = clock
        self._trace = trace
        self._is_stopping = False
        self._waiting: set[asyncio.Task[Any]] = set()

    def stop(self) -> None:
        """End all waits: deliveries that wait for a retry raise `ShutdownRequested`."""
        self._is_stopping = True
        for waiting in self._waiting:
            waiting.cancel()

    async def deliver(self, message: Message, target: DeliveryTarget, counters: Counters, *, dedup_id: str) -> None:
        """Return once the event needs no further delivery: accepted, dead-lettered durably, or given up by the rules.

        Parameters
        ----------
        message : the event.
        target : whom it goes to.
        counters : counted up.
        dedup_id : names this delivery over restarts, so that it makes one dead letter.

        Raises
        ------
        ShutdownRequested : not delivered.
        """
        call = partial(self._call, message, target.destination, target, to_subscriber=True)
        outcome = await self._attempt_with_retries(call, message, target, counters)
        if outcome.verdict is Verdict.DELIVERED and isinstance(target.reply, Address | Topic):
            outcome = await self._forward_reply(outcome, target.reply, message, target, counters)
        if outcome.verdict is Verdict.DELIVERED:
            counters.delivered += 1
            self._record("delivered", message, target, attempt=outcome.attempt, status=outcome.response.status)
            return
        await self._dead_letter(message, target, counters, outcome, dedup_id)

    async def _attempt_with_retries(
        self, attempt: Attempt, message: Message, target: DeliveryTarget, counters: Counters
    ) -> _Outcome:
        """Try once, and again after growing waits while that may help and the policy allows it."""
        outcome = await self._attempt_safely(attempt, 1, message, target)
        for number in range(2, target.policy.retries + 2):
            if outcome.verdict is not Verdict.RETRY:
                break
            wait_s = target.policy.wait_s(number - 1)
            if not target.policy.can_wait(wait_s):
                return _without_retry(outcome, wait_s)
            counters.retried += 1
            await self._wait(wait_s, message, target, number)
            reach("before-retry")
            outcome = await self._attempt_safely(attempt, number, message, target)
        return outcome

    async def _attempt_safely(
        self, attempt: Attempt, number: int, message: Message, target: DeliveryTarget
    ) -> _Outcome:
        """Count a bug of ours as no response: by the policy the event ends then too, and blocks nothing for ever."""
        try:
            return await attempt(number)
        except Exception as exc:
            _log.exception("%s: delivery of event %s broke", target.label, message.id, extra={"action": "bug"})
            response = Response(error=f"the delivery broke: {type(exc).__name__}: {exc}")
            self._record("attempt", message, target, attempt=number, place=target.url, detail=response.error)
            return _Outcome(verdict=Verdict.RETRY, response=response, place=target.url, attempt=number)

    async def _call(
        self, message: Message, place: Address | Topic, target: DeliveryTarget, number: int, *, to_subscriber: bool
    ) -> _Outcome:
        """Send to a subscriber or dead-letter sink. A bad reply of a Trigger's subscriber fails the attempt, too."""
        reach("before-dispatch" if to_subscriber else "before-dead-letter")
        outcome = await self._send(message, place, target, number, to_subscriber=to_subscriber)
        if outcome.verdict is not Verdict.DELIVERED:
            return outcome
        if to_subscriber:
            reach("after-2xx")
        if isinstance(target.reply, IngressEndpoint):
            return await self._store_reply(target.reply, outcome, message, target)
        return outcome

    async def _send(
        self,
        message: Message,
        place: Address | Topic,
        target: DeliveryTarget,
        number: int,
        *,
        to_subscriber: bool = False,
    ) -> _Outcome:
        response, took_s = await self._sender.send(
            message, place, namespace=target.namespace, policy=target.policy, to_subscriber=to_subscriber
        )
        facts = {"attempt": number, "status": response.status, "took_s": took_s}
        self._record("attempt", message, target, **facts, place=place.url, detail=response.failure_text)
        verdict = policy.verdict_for(response.status)
        return _Outcome(verdict=verdict, response=response, place=place.url, attempt=number)

    async def _store_reply(
        self, broker: IngressEndpoint, outcome: _Outcome, message: Message, target: DeliveryTarget
    ) -> _Outcome:
        """Store a reply in the Broker; one that is no event, or cannot be stored, fails the whole delivery."""
        try:
            reply = replies.parse_trigger_reply(outcome.response, broker.data_plane)
            if reply is not None:
                entry = broker.entry(hop_limit.restore(reply, message.hops_left), self._clock.now())
                reach("before-reply")
                await self._writer.append(broker.topic, entry)
                reach("after-reply")
                self._record("replied", message, target, next_source=reply.source, next_id=reply.id)
                self._trace.record(event_step("received", reply, broker.label))
        except replies.BadReply as exc:
            verdict, response = replies.judge_bad_reply(exc, broker.data_plane)
            return replace(outcome, verdict=verdict, response=response)
        except hop_limit.NoHopsLeft as exc:
            response = Response(status=400, error=str(exc))
            return replace(outcome, verdict=Verdict.REFUSED, response=response, place=broker.url)
        except (Unavailable, Overloaded, InvalidInput) as exc:
            response = Response(error=f"the reply cannot be stored: {exc}")
            return replace(outcome, verdict=Verdict.RETRY, response=response)
        return outcome

    async def _forward_reply(
        self,
        outcome: _Outcome,
        place: Address | Topic,
        message: Message,
        target: DeliveryTarget,
        counters: Counters,
    ) -> _Outcome:
        """Send a Subscription's reply on by the same policy; the subscriber is not called again."""
        try:
            reply = replies.parse_subscription_reply(outcome.response, target.policy.broker_class)
        except replies.BadReply as exc:
            # Sent on as it is, it would be refused there: another attempt gains nothing.
            response = replace(outcome.response, error=str(exc))
            return replace(outcome, verdict=Verdict.REFUSED, response=response)
        if reply is None:
            return outcome
        reach("before-reply")
        forwarded = await self._attempt_with_retries(partial(self._send, reply, place, target), reply, target, counters)
        reach("after-reply")
        if forwarded.verdict is Verdict.DELIVERED:
            self._record("replied", message, target, place=place.url, next_source=reply.source, next_id=reply.id)
        return forwarded

    async def _dead_letter(
        self, message: Message, target: DeliveryTarget, counters: Counters, outcome: _Outcome, dedup_id: str
    ) -> None:
        """Give the event up: to the dead-letter sink, if there is one."""
        sink, response = target.policy.dead_letter, outcome.response
        facts = {"status": response.status, "detail": _why_given_up(response, target.policy.broker_class)}
        if sink is None:
            counters.dropped += 1
            self._record("dropped", message, target, **facts)
            return
        letter = make_dead_letter(
            message, destination=outcome.place, response=response, broker_class=target.policy.broker_class
        )
        if isinstance(sink, Topic):
            is_stored = await self._append_dead_letter(letter, sink, dedup_id)
        else:
            is_stored = await self._post_dead_letter(letter, sink, target, counters)
        reach("after-dead-letter")
        if is_stored:
            counters.dead_lettered += 1
            self._record("dead_lettered", message, target, **facts, place=sink.url)
        else:
            # By the rules of both data planes: what the dead-letter sink does not accept either is gone.
            counters.lost += 1
            self._record("lost", message, target, **facts, place=sink.url)

    async def _append_dead_letter(self, letter: Message, sink: Topic, dedup_id: str) -> bool:
        reach("before-dead-letter")
        while True:
            try:
                await self._writer.append(sink.name, letter.entry(dedup_id=dedup_id, structured=sink.structured))
            except InvalidInput as exc:
                _log.error("dead letter of event %s does not fit: %s", letter.id, exc, extra={"action": "dead_letter"})
                return False
            except (Unavailable, Overloaded):
                await self._sleep(LOG_RETRY_S)
            else:
                return True

    async def _post_dead_letter(
        self, letter: Message, sink: Address, target: DeliveryTarget, counters: Counters
    ) -> bool:
        """Send to the sink by the same policy. The Kafka broker stores what its dead-letter sink replies, too."""
        if target.policy.broker_class is BrokerClass.CHANNEL:
            target = replace(target, reply=None)
        call = partial(self._call, letter, sink, target, to_subscriber=False)
        outcome = await self._attempt_with_retries(call, letter, target, counters)
        return outcome.verdict is Verdict.DELIVERED

    async def _wait(self, seconds: float, message: Message, target: DeliveryTarget, number: int) -> None:
        self._record("waits", message, target, attempt=number, wait_s=seconds)
        await self._sleep(seconds)

    async def _sleep(self, seconds: float) -> None:
        """Wait by the clock, or until the process ends."""
        if self._is_stopping:
            raise ShutdownRequested
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            await self._clock.sleep(seconds)
        except asyncio.CancelledError:
            # Cancelled by `stop` or by the window: either way the event is for the next start.
            if not self._is_stopping:
                raise
            task.uncancel()
            raise ShutdownRequested from None
        finally:
            self._waiting.discard(task)

    def _record(self, what: StepKind, message: Message, target: DeliveryTarget, **more: Any) -> None:
        self._trace.record(TraceStep(what, message.source, message.id, target.label, **more))


def _why_given_up(response: Response, broker_class: BrokerClass) -> str:
    blocking = headers_that_block_a_cluster(response, broker_class)
    if not blocking:
        return response.failure_text
    note = f"a cluster would block here: {', '.join(blocking)} of the answer is no name of an extension"
    return f"{response.failure_text} ({note})"


def _without_retry(outcome: _Outcome, wait_s: float) -> _Outcome:
    """End as the real dispatcher does when its timer refuses the wait: refused, without a response."""
    reason = f"no retry: the Kafka broker cannot wait {wait_s:g} s ({outcome.response.failure_text or 'no answer'})"
    return replace(outcome, verdict=Verdict.REFUSED, response=Response(error=reason))
