"""The channel broker's guard against loops: every event carries how many hops it has left; the Kafka broker has none.

Subscribers and filters never see the count: it is lifted off when the event leaves the log, and put back on the reply
and on the dead letter.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from knative.local.eventing.message.message import Message
from shared import rfc3339
from shared.errors import InvalidInput

LEFT = "knativebrokerttl"
ARRIVED = "knativearrivaltime"
MOST = 255
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)


class NoHopsLeft(InvalidInput):
    """The event has been through the broker too often: its replies go round in a loop."""


def decrement(message: Message, now: datetime) -> Message:
    """The event as the broker stores it, with one hop less and its moment of arrival.

    Raises
    ------
    NoHopsLeft : none is left.
    """
    left = _after_one_more(message.attributes.get(LEFT))
    if left <= 0:
        raise NoHopsLeft
    return message.with_extensions({LEFT: str(left), ARRIVED: rfc3339.text(now)})


def strip(message: Message) -> Message:
    """The event as filters and subscribers see it."""
    if LEFT not in message.attributes:
        return message
    seen = {name: value for name, value in message.attributes.items() if name != LEFT}
    return replace(message, attributes=seen, hops_left=str(message.attributes[LEFT]))


def restore(message: Message, hops_left: str) -> Message:
    """The event with the count that was lifted off; without one it stays as it is."""
    return message.with_extensions({LEFT: hops_left}) if hops_left else message


def _after_one_more(found: object) -> int:
    """What is left after this hop; a count that is missing or no integer starts anew."""
    if found is None or not _INTEGER.fullmatch(str(found)):
        return MOST
    return int(str(found)) - 1
