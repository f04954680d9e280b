"""One attempt: an event as it is sent to an address or a topic, and what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext

from knative.local.eventing.clock import Clock
from knative.local.eventing.delivery import Answer, Policy
from knative.local.eventing.message import Message
from knative.local.eventing.posting import Poster
from knative.local.eventing.writer import Writer
from knative.local.manifests import BrokerClass, Name
from knative.local.references import Address, Topic
from shared.errors import InvalidInput, Overloaded, Unavailable


class Sender:
    """Sends; shared by all consumers."""

    def __init__(self, *, poster: Poster, writer: Writer, clock: Clock, at_once: Mapping[Name, int]) -> None:
        """`at_once` gives the containerConcurrency of functions that have one.

        One instance of each function runs here. More requests than it takes would only wait in its server, where the
        delivery timeout already runs; so they wait here, before the attempt begins.
        """
        self._poster = poster
        self._writer = writer
        self._clock = clock
        self._gates = {name: asyncio.Semaphore(number) for name, number in at_once.items() if number}

    async def send(
        self, message: Message, place: Address | Topic, *, namespace: str, policy: Policy, to_subscriber: bool
    ) -> tuple[Answer, float]:
        """The answer, and the seconds it took; those spent waiting for room are not counted.

        Parameters
        ----------
        message : the event.
        place : where it goes.
        namespace : of the consumer; told as ``Kn-Namespace``.
        policy : its time-out and content mode.
        to_subscriber : whether a reply is asked for, and ``delivery.format`` matters.
        """
        async with self._gate(place):
            began = self._clock.now()
            if isinstance(place, Topic):
                answer = await self._append(message, place)
            else:
                headers, body = message.request(structured=policy.structured and to_subscriber)
                headers["kn-namespace"] = namespace
                # The Kafka data plane has one client for all, so it asks even those whose replies it drops.
                if to_subscriber or policy.broker_class is BrokerClass.KAFKA:
                    headers["prefer"] = "reply"
                answer = await self._poster.post(place.url, headers, body, timeout_s=policy.timeout_s)
            return answer, (self._clock.now() - began).total_seconds()

    async def _append(self, message: Message, topic: Topic) -> Answer:
        """What the KafkaSink would answer."""
        try:
            await self._writer.append(topic.name, message.entry(structured=topic.structured))
        except (Unavailable, Overloaded) as exc:
            return Answer(status=503, fault=str(exc))
        except InvalidInput as exc:
            return Answer(status=400, fault=str(exc))
        return Answer(status=202)

    def _gate(self, place: Address | Topic) -> AbstractAsyncContextManager[object]:
        gate = self._gates.get(place.service) if isinstance(place, Address) and place.service else None
        return gate or nullcontext()
