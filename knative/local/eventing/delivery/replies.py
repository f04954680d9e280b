"""What a subscriber's answer brings back: nothing, an event, or something that makes the delivery fail."""

from __future__ import annotations

from knative.local.eventing.delivery.policy import Response, Verdict
from knative.local.eventing.message import message
from knative.local.eventing.message.message import Message
from knative.manifests.model import BrokerClass
from shared.errors import InvalidInput
from shared.events import cloudevents


class BadReply(Exception):
    """The answer is neither empty nor an event."""


def parse_trigger_reply(answer: Response, broker_class: BrokerClass) -> Message | None:
    """The event that a 2xx answer carries, None when it carries none.

    Raises
    ------
    BadReply : there is a body, or CloudEvents headers, that make no valid event. 202 never carries one.
    """
    if answer.status == 202 or not (answer.body or cloudevents.is_event(answer.headers)):
        return None
    try:
        return message.from_http(answer.headers, answer.body, broker_class)
    except InvalidInput as exc:
        raise BadReply(f"the answer is neither empty nor a CloudEvent: {exc}") from exc


def parse_subscription_reply(answer: Response, broker_class: BrokerClass) -> Message | None:
    """As `of_trigger`; but a channel in memory drops a body that does not even claim to be an event."""
    if broker_class is BrokerClass.CHANNEL and not cloudevents.is_event(answer.headers):
        return None
    return parse_trigger_reply(answer, broker_class)


def judge_bad_reply(answer: Response, fault: BadReply, broker_class: BrokerClass) -> tuple[Verdict, Response]:
    """What becomes of the delivery, and the answer it is told by.

    The channel broker says 502 in the subscriber's place and tries again; the Kafka broker gives up at once.
    """
    if broker_class is BrokerClass.CHANNEL:
        return Verdict.RETRY, Response(status=502, error=str(fault))
    return Verdict.REFUSED, Response(status=answer.status, headers=answer.headers, body=answer.body, error=str(fault))
