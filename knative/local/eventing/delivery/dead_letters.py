"""What a dead letter says: the event as it was, and why it could not be delivered."""

from __future__ import annotations

import base64

from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message import hop_limit
from knative.local.eventing.message.message import Message
from knative.manifests.model import BrokerClass

CAP = 1024
"""Of error data: bytes before the encoding on the Kafka broker, characters after it on the channel broker."""
COPIED = "kne-"
"""The Kafka broker copies headers of the answer that begin so to extensions named like the rest."""


def make_dead_letter(message: Message, *, destination: str, answer: Response, broker_class: BrokerClass) -> Message:
    """The event as the dead-letter sink gets it.

    Parameters
    ----------
    message : the event as its consumer got it.
    destination : URL that did not take it.
    answer : the last attempt's.
    broker_class : whose data plane gives it up.
    """
    told = _on_kafka(answer) if broker_class is BrokerClass.KAFKA else _on_channel(answer)
    why = {"knativeerrordest": destination} | {name: value for name, value in told.items() if value}
    return hop_limit.restore(message, message.hops_left).with_extensions(why)


def _on_kafka(answer: Response) -> dict[str, str]:
    """No code when there was no response."""
    copied = {
        _cleaned(name.removeprefix(COPIED)): value for name, value in answer.headers.items() if name.startswith(COPIED)
    }
    copied.pop("", None)
    return copied | {
        "knativeerrorcode": "" if answer.status is None else str(answer.status),
        "knativeerrordata": base64.b64encode(answer.body[:CAP]).decode(),
    }


def _on_channel(answer: Response) -> dict[str, str]:
    """No response is told like a 500, whose data is the trouble with the connection."""
    if answer.status is None:
        answer = Response(status=500, body=f"dispatch error: {answer.error}".encode())
    return {
        "knativeerrorcode": str(answer.status),
        "knativeerrordata": base64.b64encode(answer.body).decode()[:CAP],
    }


def _cleaned(name: str) -> str:
    """A header's name as an attribute's may be."""
    return "".join(c for c in name if c.isascii() and c.isalnum())
