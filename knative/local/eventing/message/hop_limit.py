"""The channel broker's guard against loops: each event carries how many hops it has left. The Kafka broker has none.

Subscribers and filters never see the count: it is stripped when the event leaves the log, and restored on its reply and
on its dead letter.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from knative.local.eventing.message.message import Message
from shared import rfc3339
from shared.errors import InvalidInput

HOPS_LEFT = "knativebrokerttl"
ARRIVAL_TIME = "knativearrivaltime"
MAX_HOPS = 255
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)


class NoHopsLeft(InvalidInput):
    """The event has passed through the broker too often: its replies go round in a loop."""


def decrement(message: Message, now: datetime) -> Message:
    """Return the event as the broker stores it, with one hop less and its time of arrival.

    Raises
    ------
    NoHopsLeft : none is left.
    """
    n_left = _hops_after_this(message.attributes.get(HOPS_LEFT))
    if n_left <= 0:
        raise NoHopsLeft
    return message.with_extensions({HOPS_LEFT: str(n_left), ARRIVAL_TIME: rfc3339.format_moment(now)})


def strip(message: Message) -> Message:
    """Return the event as filters and subscribers see it."""
    if HOPS_LEFT not in message.attributes:
        return message
    visible = {name: value for name, value in message.attributes.items() if name != HOPS_LEFT}
    return replace(message, attributes=visible, hops_left=str(message.attributes[HOPS_LEFT]))


def restore(message: Message, hops_left: str) -> Message:
    """Return the event with the count that was stripped; without one it stays as it is."""
    return message.with_extensions({HOPS_LEFT: hops_left}) if hops_left else message


def _hops_after_this(count: object) -> int:
    """A count that is missing or no integer starts anew."""
    if count is None or not _INTEGER.fullmatch(str(count)):
        return MAX_HOPS
    return int(str(count)) - 1
