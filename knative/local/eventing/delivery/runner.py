"""Brings one event to one consumer: attempts, waits, the reply, and in the end the dead letter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from knative.local.eventing.delivery import dead_letters, policy, replies
from knative.local.eventing.delivery.counters import Counters
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
from knative.manifests.references import Address, Topic
from shared.errors import InvalidInput, Overloaded, Unavailable

_log = logging.getLogger(__name__)

LOG_AGAIN_AFTER_S = 1.0
"""A dead letter that the log does not take now is offered again after this long, for ever: it is not lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who gets the events, and by which rules."""

    label: str
    """Kind and name, for people."""
    namespace: str
    destination: Address | Topic
    policy: Policy
    reply: IngressEndpoint | Address | Topic | None = None
    """Where replies go: a Trigger's back into its Broker, a Subscription's to its `reply`; None: they are dropped."""

    @property
    def url(self) -> str:
        """The destination's address."""
        return self.destination.url


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """How an attempt ended."""

    verdict: Verdict
    answer: Response
    place: str
    """URL that it ended at."""
    attempt: int


class ShutdownRequested(Exception):
    """The process ends; what is not delivered comes again after the next start."""


class DeliveryRunner:
    """Delivers; shared by all consumers."""

    def __init__(self, *, poster: HttpClient, writer: LogWriter, clock: Clock, journal: EventTrace) -> None:
        self._sender = Sender(poster=poster, writer=writer, clock=clock)
        self._writer = writer
        self._clock = clock
        self._journal = journal
        self._stopping = False
        self._waiting: set[asyncio.Task[Any]] = set()

    def stop(self) -> None:
        """End all waits: deliveries that wait for a retry raise `ShutdownRequested`."""
        self._stopping = True
        for waiting in self._waiting:
            waiting.cancel()

    async def deliver(self, message: Message, to: Subscription, counters: Counters, *, dedup_id: str) -> None:
        """Return once the event needs no further delivery: taken, dead-lettered durably, or given up by the rules.

        Parameters
        ----------
        message : the event.
        to : whom it goes to.
        counters : counted up.
        dedup_id : names this delivery over restarts, so that it makes one dead letter.

        Raises
        ------
        ShutdownRequested : not delivered.
        """
        outcome = await self._repeat(partial(self._call, message, to), message, to, counters)
        if outcome.verdict is Verdict.DELIVERED and isinstance(to.reply, Address | Topic):
            outcome = await self._pass_on(outcome, to.reply, message, to, counters)
        if outcome.verdict is Verdict.DELIVERED:
            counters.delivered += 1
            self._note("delivered", message, to, attempt=outcome.attempt, status=outcome.answer.status)
            return
        await self._give_up(message, to, counters, outcome, dedup_id)

    async def _repeat(
        self, once: Callable[[int], Awaitable[_Outcome]], message: Message, to: Subscription, counters: Counters
    ) -> _Outcome:
        """Once, and again after growing waits while that may help and the policy allows it."""
        outcome = await self._once(once, 1, message, to)
        for attempt in range(2, to.policy.retries + 2):
            if outcome.verdict is not Verdict.RETRY:
                break
            counters.retried += 1
            await self._wait(to.policy.wait_s(attempt - 1), message, to, attempt)
            reach("before-retry")
            outcome = await self._once(once, attempt, message, to)
        return outcome

    async def _once(
        self, once: Callable[[int], Awaitable[_Outcome]], attempt: int, message: Message, to: Subscription
    ) -> _Outcome:
        """A bug of ours counts as no answer: by the policy the event ends then too, and holds up nobody for ever."""
        try:
            return await once(attempt)
        except Exception as exc:
            _log.exception("%s: delivery of event %s broke", to.label, message.id, extra={"action": "bug"})
            answer = Response(error=f"the delivery broke: {type(exc).__name__}: {exc}")
            self._note("attempt", message, to, attempt=attempt, place=to.url, detail=answer.error)
            return _Outcome(verdict=Verdict.RETRY, answer=answer, place=to.url, attempt=attempt)

    async def _call(self, message: Message, to: Subscription, attempt: int) -> _Outcome:
        """Send to the subscriber. What a Trigger's subscriber replies may fail the attempt too."""
        reach("before-dispatch")
        outcome = await self._attempt(message, to.destination, to, attempt, to_subscriber=True)
        if outcome.verdict is not Verdict.DELIVERED:
            return outcome
        reach("after-2xx")
        return (
            await self._back_into(to.reply, outcome, message, to) if isinstance(to.reply, IngressEndpoint) else outcome
        )

    async def _attempt(
        self, message: Message, place: Address | Topic, to: Subscription, attempt: int, *, to_subscriber: bool = False
    ) -> _Outcome:
        answer, took_s = await self._sender.send(
            message, place, namespace=to.namespace, policy=to.policy, to_subscriber=to_subscriber
        )
        told = {"attempt": attempt, "status": answer.status, "took_s": took_s}
        self._note("attempt", message, to, **told, place=place.url, detail=answer.failure_text)
        return _Outcome(verdict=policy.verdict_for(answer.status), answer=answer, place=place.url, attempt=attempt)

    async def _back_into(
        self, broker: IngressEndpoint, outcome: _Outcome, message: Message, to: Subscription
    ) -> _Outcome:
        """Store a Trigger's reply; one that is no event, or cannot be stored, fails the whole delivery."""
        try:
            reply = replies.parse_trigger_reply(outcome.answer, broker.data_plane)
            if reply is not None:
                entry = broker.entry(hop_limit.restore(reply, message.hops_left), self._clock.now())
                reach("before-reply")
                await self._writer.append(broker.topic, entry)
                reach("after-reply")
                self._note("replied", message, to, next_source=reply.source, next_id=reply.id)
                self._journal.note(event_step("received", reply, broker.label))
        except replies.BadReply as exc:
            found, answer = replies.judge_bad_reply(outcome.answer, exc, broker.data_plane)
            return replace(outcome, verdict=found, answer=answer)
        except hop_limit.NoHopsLeft as exc:
            return replace(
                outcome, verdict=Verdict.REFUSED, answer=Response(status=400, error=str(exc)), place=broker.url
            )
        except (Unavailable, Overloaded, InvalidInput) as exc:
            return replace(outcome, verdict=Verdict.RETRY, answer=Response(error=f"the reply cannot be stored: {exc}"))
        return outcome

    async def _pass_on(
        self, outcome: _Outcome, place: Address | Topic, message: Message, to: Subscription, counters: Counters
    ) -> _Outcome:
        """Send a Subscription's reply on by the same policy; the subscriber is not called again."""
        try:
            reply = replies.parse_subscription_reply(outcome.answer, to.policy.broker_class)
        except replies.BadReply as exc:
            # Passed on as it is, it would be refused there: another attempt gains nothing.
            return replace(outcome, verdict=Verdict.REFUSED, answer=replace(outcome.answer, error=str(exc)))
        if reply is None:
            return outcome
        reach("before-reply")
        passed = await self._repeat(partial(self._attempt, reply, place, to), reply, to, counters)
        reach("after-reply")
        if passed.verdict is Verdict.DELIVERED:
            self._note("replied", message, to, place=place.url, next_source=reply.source, next_id=reply.id)
        return passed

    async def _give_up(
        self, message: Message, to: Subscription, counters: Counters, outcome: _Outcome, dedup_id: str
    ) -> None:
        sink, answer = to.policy.dead_letter, outcome.answer
        told = {"status": answer.status, "detail": answer.failure_text}
        if sink is None:
            counters.dropped += 1
            self._note("dropped", message, to, **told)
            return
        letter = dead_letters.make_dead_letter(
            message, destination=outcome.place, answer=answer, broker_class=to.policy.broker_class
        )
        reach("before-dead-letter")
        kept = await (
            self._store(letter, sink, dedup_id)
            if isinstance(sink, Topic)
            else self._send_letter(letter, sink, to, counters)
        )
        reach("after-dead-letter")
        if kept:
            counters.dead_lettered += 1
            self._note("dead_lettered", message, to, **told, place=sink.url)
        else:
            # By the rules of both data planes: what the dead-letter sink does not take either is gone.
            counters.lost += 1
            self._note("lost", message, to, **told, place=sink.url)

    async def _store(self, letter: Message, sink: Topic, dedup_id: str) -> bool:
        while True:
            try:
                await self._writer.append(sink.name, letter.entry(dedup_id=dedup_id, structured=sink.structured))
            except InvalidInput as exc:
                _log.error("dead letter of event %s does not fit: %s", letter.id, exc, extra={"action": "dead_letter"})
                return False
            except (Unavailable, Overloaded):
                await self._sleep(LOG_AGAIN_AFTER_S)
            else:
                return True

    async def _send_letter(self, letter: Message, sink: Address, to: Subscription, counters: Counters) -> bool:
        outcome = await self._repeat(partial(self._attempt, letter, sink, to), letter, to, counters)
        return outcome.verdict is Verdict.DELIVERED

    async def _wait(self, seconds: float, message: Message, to: Subscription, attempt: int) -> None:
        self._note("waits", message, to, attempt=attempt, wait_s=seconds)
        await self._sleep(seconds)

    async def _sleep(self, seconds: float) -> None:
        """Wait by the clock, or until the process ends."""
        if self._stopping:
            raise ShutdownRequested
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            await self._clock.sleep(seconds)
        except asyncio.CancelledError:
            # Ours, or that of who gives up the delivery: either way it is for the next start.
            if not self._stopping:
                raise
            task.uncancel()
            raise ShutdownRequested from None
        finally:
            self._waiting.discard(task)

    def _note(self, what: StepKind, message: Message, to: Subscription, **more: Any) -> None:
        self._journal.note(TraceStep(what, message.source, message.id, to.label, **more))
