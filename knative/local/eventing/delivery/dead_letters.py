"""Makes dead letters: the event as it was, with extensions that say why it could not be delivered."""

from __future__ import annotations

import base64

from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message import hop_limit
from knative.local.eventing.message.message import Message
from knative.manifests.model import BrokerClass

MAX_ERROR_DATA = 1024
"""Bytes before the encoding on the Kafka broker, characters after it on the channel broker."""
COPIED_PREFIX = "kne-"
"""The Kafka broker copies headers of the response that begin so to extensions named like the rest."""


def make_dead_letter(message: Message, *, destination: str, response: Response, broker_class: BrokerClass) -> Message:
    """Return the event as the dead-letter sink gets it.

    Parameters
    ----------
    message : the event as its consumer got it.
    destination : the URL that did not accept it.
    response : the last attempt's.
    broker_class : the data plane that gives it up.
    """
    errors = _kafka_errors(response) if broker_class is BrokerClass.KAFKA else _channel_errors(response)
    extensions = {"knativeerrordest": destination} | {name: value for name, value in errors.items() if value}
    return hop_limit.restore(message, message.hops_left).with_extensions(extensions)


def headers_that_block_a_cluster(response: Response, broker_class: BrokerClass) -> list[str]:
    """Return headers from which the real Kafka dispatcher makes no extension: it fails, and never commits the event."""
    if broker_class is not BrokerClass.KAFKA:
        return []
    copied = [name for name in response.headers if name.startswith(COPIED_PREFIX)]
    return [name for name in copied if _attribute_name(name.removeprefix(COPIED_PREFIX)) != name[len(COPIED_PREFIX) :]]


def _kafka_errors(response: Response) -> dict[str, str]:
    """Without a response there is no code."""
    copied = {
        _attribute_name(name.removeprefix(COPIED_PREFIX)): value
        for name, value in response.headers.items()
        if name.startswith(COPIED_PREFIX)
    }
    copied.pop("", None)
    return copied | {
        "knativeerrorcode": "" if response.status is None else str(response.status),
        "knativeerrordata": base64.b64encode(response.body[:MAX_ERROR_DATA]).decode(),
    }


def _channel_errors(response: Response) -> dict[str, str]:
    """No response counts as a 500 whose body is the trouble with the connection."""
    if response.status is None:
        response = Response(status=500, body=f"dispatch error: {response.error}".encode())
    return {
        "knativeerrorcode": str(response.status),
        "knativeerrordata": base64.b64encode(response.body).decode()[:MAX_ERROR_DATA],
    }


def _attribute_name(header: str) -> str:
    """Drop what the name of an attribute may not hold."""
    return "".join(c for c in header if c.isascii() and c.isalnum())
