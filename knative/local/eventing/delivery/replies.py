"""Reads what a subscriber's response brings back: nothing, an event, or something that makes the delivery fail."""

from __future__ import annotations

from knative.local.eventing.delivery.policy import Response, Verdict
from knative.local.eventing.message import message
from knative.local.eventing.message.message import Message
from knative.manifests.model import BrokerClass
from shared.errors import InvalidInput
from shared.events import cloudevents


class BadReply(Exception):
    """The response is neither empty nor an event."""


def parse_trigger_reply(response: Response, broker_class: BrokerClass) -> Message | None:
    """Return the event that a 2xx response carries, None when it carries none.

    Raises
    ------
    BadReply : there is a body, or CloudEvents headers, that make no valid event. To the channel broker a 202 never
        carries one; the Kafka broker reads it as any other 2xx.
    """
    if response.status == 202 and broker_class is BrokerClass.CHANNEL:
        return None
    if not (response.body or cloudevents.is_event(response.headers)):
        return None
    try:
        return message.from_http(response.headers, response.body, broker_class)
    except InvalidInput as exc:
        raise BadReply(f"the answer ({response.status}) is neither empty nor a CloudEvent: {exc}") from exc


def parse_subscription_reply(response: Response, broker_class: BrokerClass) -> Message | None:
    """Do as `parse_trigger_reply`; but a channel in memory drops a body that does not even claim to be an event."""
    if broker_class is BrokerClass.CHANNEL and not cloudevents.is_event(response.headers):
        return None
    return parse_trigger_reply(response, broker_class)


def judge_bad_reply(fault: BadReply, broker_class: BrokerClass) -> tuple[Verdict, Response]:
    """Return what becomes of the delivery, and the response that its dead letter describes.

    The channel broker says 502 in the subscriber's place and tries again. The Kafka broker gives up at once, and its
    dead letter names neither a status nor a body.
    """
    if broker_class is BrokerClass.CHANNEL:
        return Verdict.RETRY, Response(status=502, error=str(fault))
    return Verdict.REFUSED, Response(error=str(fault))
