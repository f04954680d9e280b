"""Makes one attempt: sends an event to an address or appends it to a topic."""

from __future__ import annotations

from knative.local.eventing.delivery.http_client import HttpClient
from knative.local.eventing.delivery.policy import Policy, Response
from knative.local.eventing.message.message import Message
from knative.local.eventing.runtime.clock import Clock
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.manifests.model import BrokerClass
from knative.manifests.references import Address, Topic
from shared.errors import InvalidInput, Overloaded, Unavailable
from shared.events import tracing


class Sender:
    """Shared by all consumers. How many requests a function takes at once is for its own queue to bound."""

    def __init__(self, *, http_client: HttpClient, writer: LogWriter, clock: Clock) -> None:
        self._http_client = http_client
        self._writer = writer
        self._clock = clock

    async def send(
        self, message: Message, place: Address | Topic, *, namespace: str, policy: Policy, to_subscriber: bool
    ) -> tuple[Response, float]:
        """Return the response, and the seconds it took.

        Parameters
        ----------
        message : the event.
        place : where it goes.
        namespace : the consumer's; sent as ``Kn-Namespace``.
        policy : gives the time limit and the content mode.
        to_subscriber : whether a reply is asked for, and ``delivery.format`` matters.
        """
        began = self._clock.now()
        if isinstance(place, Topic):
            response = await self._append(message, place)
        else:
            headers, body = message.request(structured=policy.structured and to_subscriber)
            headers |= {"kn-namespace": namespace, tracing.HEADER: message.traceparent}
            # The Kafka data plane has one client for all, so it asks even those whose replies it drops.
            if to_subscriber or policy.broker_class is BrokerClass.KAFKA:
                headers["prefer"] = "reply"
            response = await self._http_client.post(place.url, headers, body, timeout_s=policy.timeout_s)
        return response, (self._clock.now() - began).total_seconds()

    async def _append(self, message: Message, topic: Topic) -> Response:
        """Answer as the KafkaSink would."""
        try:
            await self._writer.append(topic.name, message.entry(structured=topic.structured))
        except (Unavailable, Overloaded) as exc:
            return Response(status=503, error=str(exc))
        except InvalidInput as exc:
            return Response(status=400, error=str(exc))
        return Response(status=202)
