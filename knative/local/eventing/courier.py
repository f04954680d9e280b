"""Brings one event to one consumer: attempts, waits, the reply, and in the end the dead letter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from knative.local.eventing import delivery, replies
from knative.local.eventing.clock import Clock
from knative.local.eventing.crashpoints import reach
from knative.local.eventing.delivery import Answer, Fate, Policy
from knative.local.eventing.journal import Journal, Step, What
from knative.local.eventing.message import Message
from knative.local.eventing.posting import Poster
from knative.local.eventing.writer import Writer
from knative.local.manifests import Name
from knative.local.references import Address, Topic
from shared.errors import InvalidInput, Overloaded, Unavailable

_log = logging.getLogger(__name__)

LOG_AGAIN_AFTER_S = 1.0
"""A dead letter that the log does not take now is offered again after this long, for ever: it is not lost."""


@dataclass(slots=True, kw_only=True)
class Counters:
    """What a consumer has done since the process started."""

    in_flight: int = 0
    delivered: int = 0
    retried: int = 0
    unmatched: int = 0
    dead_lettered: int = 0
    dropped: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who gets the events, and by which rules."""

    label: str
    """Kind and name, for people."""
    namespace: str
    destination: Address | Topic
    policy: Policy
    reply_topic: str = ""
    """Where replies go; empty: they are discarded."""

    @property
    def url(self) -> str:
        """The destination in words."""
        return in_words(self.destination)


def in_words(place: Address | Topic) -> str:
    """A destination as text."""
    return place.url if isinstance(place, Address) else f"topic:{place.name}"


class Stopping(Exception):
    """The process ends; what is not delivered comes again after the next start."""


class Courier:
    """Delivers; shared by all consumers."""

    def __init__(
        self, *, poster: Poster, writer: Writer, clock: Clock, journal: Journal, at_once: Mapping[Name, int]
    ) -> None:
        """`at_once` gives the containerConcurrency of functions that have one.

        One instance of each function runs here. More requests than it takes would only wait in its server, where the
        delivery timeout already runs; so they wait here, before the attempt begins.
        """
        self._poster = poster
        self._writer = writer
        self._clock = clock
        self._journal = journal
        self._gates = {name: asyncio.Semaphore(number) for name, number in at_once.items() if number}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End all waits: deliveries that wait for a retry raise `Stopping`."""
        self._stopping.set()

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
        Stopping : not delivered.
        """
        answer = Answer()
        for attempt in range(1, to.policy.retries + 2):
            if attempt > 1:
                counters.retried += 1
                await self._wait(to.policy.wait_s(attempt - 1), message, to, attempt)
                reach("before-retry")
            reach("before-dispatch")
            answer, took_s = await self._attempt(message, to)
            told = {"attempt": attempt, "status": answer.status}
            self._note("attempt", message, to, **told, took_s=took_s, place=to.url, detail=answer.complaint)
            outcome, answer = await self._judge(answer, message, to)
            if outcome is Fate.DELIVERED:
                counters.delivered += 1
                self._note("delivered", message, to, **told)
                return
            if outcome is Fate.REFUSED:
                break
        await self._give_up(message, to, counters, answer, dedup_id)

    async def _attempt(self, message: Message, to: Subscription) -> tuple[Answer, float]:
        """The answer, and the seconds it took; those spent waiting for room are not counted."""
        async with self._gate(to.destination):
            began = self._clock.now()
            answer = await self._send(message, to)
            return answer, (self._clock.now() - began).total_seconds()

    async def _send(self, message: Message, to: Subscription) -> Answer:
        if isinstance(to.destination, Topic):
            try:
                await self._writer.append(to.destination.name, message.entry())
            except (Unavailable, Overloaded) as exc:
                return Answer(fault=str(exc))
            except InvalidInput as exc:
                return Answer(status=400, fault=str(exc))
            return Answer(status=202)
        headers, body = message.request()
        headers["kn-namespace"] = to.namespace
        if to.reply_topic:
            headers["prefer"] = "reply"
        return await self._poster.post(to.destination.url, headers, body, timeout_s=to.policy.timeout_s)

    async def _judge(self, answer: Answer, message: Message, to: Subscription) -> tuple[Fate, Answer]:
        """The fate by status, then by the reply: one that is no event, or cannot be stored, fails the delivery."""
        found = delivery.fate(answer.status)
        if found is Fate.DELIVERED:
            reach("after-2xx")
        if found is not Fate.DELIVERED or not to.reply_topic:
            return found, answer
        try:
            reply = replies.read(answer)
            if reply is not None:
                reach("before-reply")
                await self._writer.append(to.reply_topic, reply.entry())
                reach("after-reply")
                self._note("replied", message, to, next_source=reply.source, next_id=reply.id)
        except replies.BadReply as exc:
            return replies.fate_of_bad_reply(to.policy.broker_class), _faulty(answer, exc)
        except (Unavailable, Overloaded, InvalidInput) as exc:
            return Fate.RETRY, _faulty(answer, exc)
        return Fate.DELIVERED, answer

    async def _give_up(
        self, message: Message, to: Subscription, counters: Counters, answer: Answer, dedup_id: str
    ) -> None:
        sink = to.policy.dead_letter
        if sink is None:
            counters.dropped += 1
            self._note("dropped", message, to, status=answer.status, detail=answer.complaint)
            return
        letter = delivery.dead_letter(message, destination=to.url, answer=answer, broker_class=to.policy.broker_class)
        reach("before-dead-letter")
        kept = await (
            self._store(letter, sink, dedup_id) if isinstance(sink, Topic) else self._send_letter(letter, sink, to)
        )
        reach("after-dead-letter")
        told = {"status": answer.status, "place": in_words(sink), "detail": answer.complaint}
        if kept:
            counters.dead_lettered += 1
            self._note("dead_lettered", message, to, **told)
        else:
            # By the rules of the Kafka data plane: what the dead-letter sink refuses too is gone.
            counters.lost += 1
            self._note("lost", message, to, **told)

    async def _store(self, letter: Message, sink: Topic, dedup_id: str) -> bool:
        while True:
            try:
                await self._writer.append(sink.name, letter.entry(dedup_id=dedup_id))
            except InvalidInput as exc:
                _log.error("dead letter of event %s does not fit: %s", letter.id, exc, extra={"action": "dead_letter"})
                return False
            except (Unavailable, Overloaded):
                await self._sleep(LOG_AGAIN_AFTER_S)
            else:
                return True

    async def _send_letter(self, letter: Message, sink: Address, to: Subscription) -> bool:
        headers, body = letter.request()
        headers["kn-namespace"] = to.namespace
        for attempt in range(1, to.policy.retries + 2):
            if attempt > 1:
                await self._sleep(to.policy.wait_s(attempt - 1))
            async with self._gate(sink):
                answer = await self._poster.post(sink.url, headers, body, timeout_s=to.policy.timeout_s)
            if (outcome := delivery.fate(answer.status)) is not Fate.RETRY:
                return outcome is Fate.DELIVERED
        return False

    def _gate(self, place: Address | Topic) -> AbstractAsyncContextManager[object]:
        gate = self._gates.get(place.service) if isinstance(place, Address) and place.service else None
        return gate or nullcontext()

    async def _wait(self, seconds: float, message: Message, to: Subscription, attempt: int) -> None:
        self._note("waits", message, to, attempt=attempt, wait_s=seconds)
        await self._sleep(seconds)

    async def _sleep(self, seconds: float) -> None:
        """Wait by the clock, or until the process ends."""
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        ending = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({sleeping, ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            ending.cancel()
        if self._stopping.is_set():
            raise Stopping

    def _note(self, what: What, message: Message, to: Subscription, **more: Any) -> None:
        self._journal.note(Step(what, message.source, message.id, to.label, **more))


def _faulty(answer: Answer, exc: Exception) -> Answer:
    return Answer(status=answer.status, headers=answer.headers, body=answer.body, fault=str(exc))
