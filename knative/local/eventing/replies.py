"""What a subscriber's answer brings back: nothing, an event, or something that makes the delivery fail."""

from __future__ import annotations

from knative.local.eventing import message
from knative.local.eventing.delivery import Answer, Fate
from knative.local.eventing.message import Message
from knative.local.manifests import BrokerClass
from shared.errors import InvalidInput
from shared.events import cloudevents


class BadReply(Exception):
    """The answer is neither empty nor an event."""


def read(answer: Answer) -> Message | None:
    """The event that a 2xx answer carries, None when it carries none.

    Raises
    ------
    BadReply : there is a body, or CloudEvents headers, that make no valid event. 202 never carries one.
    """
    if answer.status == 202 or not (answer.body or cloudevents.is_event(answer.headers)):
        return None
    try:
        return message.from_http(answer.headers, answer.body)
    except InvalidInput as exc:
        raise BadReply(f"the answer is neither empty nor a CloudEvent: {exc}") from exc


def fate_of_bad_reply(broker_class: BrokerClass) -> Fate:
    """The channel broker calls it a 502 and tries again; the Kafka broker gives up at once."""
    return Fate.RETRY if broker_class is BrokerClass.CHANNEL else Fate.REFUSED
