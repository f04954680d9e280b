"""The eventing process with its log in memory: what is left of a measurement when the log costs nothing.

``python -m tests.bench.support.eventing.in_memory TOPIC PARTITIONS EVENTS KEYS …`` and then the arguments of
``knative.local.eventing``; the topic is filled before anybody reads.
"""

from __future__ import annotations

import sys

import uvloop

from knative.local.eventing import __main__ as eventing
from knative.local.eventing.message.message import Message
from shared.adapters.memory.event_log import MemoryLog
from shared.ports.log import EventLog

APPEND_AT_ONCE = 500


def fill(log: EventLog, topic: str, *, partitions: int, events: int, keys: int) -> None:
    """Lay events into a topic, each with one of so many keys in turn; 0 = without a key."""
    log.ensure_topic(topic, partitions=partitions)
    for first in range(0, events, APPEND_AT_ONCE):
        numbers = range(first, min(first + APPEND_AT_ONCE, events))
        log.append(topic, [_event(n, keys).entry() for n in numbers])


def _event(number: int, keys: int) -> Message:
    key = {"partitionkey": f"k{number % keys}"} if keys else {}
    attributes = {"specversion": "1.0", "id": str(number), "source": "/bench", "type": "bench"}
    return Message(attributes={**attributes, "datacontenttype": "application/json", **key}, data=b"{}")


def main() -> None:
    """Fill, then serve until SIGTERM."""
    topic, partitions, events, keys = sys.argv[1], *(int(one) for one in sys.argv[2:5])
    log = MemoryLog()
    fill(log, topic, partitions=partitions, events=events, keys=keys)
    uvloop.run(eventing.run(eventing.parse_arguments(sys.argv[5:]), log))


if __name__ == "__main__":
    main()
