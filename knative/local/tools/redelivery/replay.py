"""Replays stored entries of a topic to one consumer, in order and rate-limited.

To one consumer that is named, never back into the Broker: there every Trigger would get the events a second time, also
those whose functions send mail or move money.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from knative.local.eventing.delivery.window import ConsumerConfig
from knative.local.eventing.message.message import Message
from knative.local.eventing.process.consumers import Consumer
from knative.local.tools.redelivery.resender import Resender
from knative.local.tools.text import time_format
from knative.manifests.references import Address
from shared.errors import InvalidInput, NotFound
from shared.ports.log import Entry, EventLog

RETRIES = 3
"""Retries of one event; an event that fails to the end is reported and stays stored."""
_PLACE = re.compile(r"(?:(\d+)@)?(\d+(?:-\d+)?)")


class Outcome(Enum):
    """Outcome of an entry; the value is a word for it."""

    SENT = "sent"
    WOULD_BE_SENT = "would be sent"
    UNMATCHED = "not wanted"
    UNREADABLE = "unreadable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Bound of a replay: a time, or an offset, possibly of one partition."""

    at: float | None = None
    """Unix seconds."""
    offset: tuple[int, ...] = ()
    partition: int | None = None

    def is_before(self, entry: Entry) -> bool:
        """Return True if the entry lies behind it, or just there."""
        if self.at is not None:
            return entry.timestamp_ms / 1000 >= self.at
        return _offset(entry.offset) >= self.offset

    def is_after(self, entry: Entry) -> bool:
        """Return True if the entry lies before it, or just there."""
        if self.at is not None:
            return entry.timestamp_ms / 1000 <= self.at
        return _offset(entry.offset) <= self.offset


def parse_bound(text: str, now: float) -> Bound:
    """``2h``, ``2026-03-01T12:00Z``, an offset such as ``17``, or one of a partition: ``0@17``; else `InvalidInput`."""
    if place := _PLACE.fullmatch(text):
        return Bound(offset=_offset(place[2]), partition=int(place[1]) if place[1] else None)
    return Bound(at=time_format.parse(text, now))


def _offset(text: str) -> tuple[int, ...]:
    """Kafka counts; Valkey's offsets are a time and a count."""
    return tuple(int(part) for part in text.split("-"))


def read_between(log: EventLog, topic: str, first: Bound, last: Bound | None) -> Iterator[Entry]:
    """The stored entries from one bound to the other, both included; per partition in order."""
    for entry in log.replay(topic):
        in_range = first.partition in (None, entry.partition) and first.is_before(entry)
        if in_range and (last is None or last.is_after(entry)):
            yield entry


def describe_stored(log: EventLog, topic: str) -> str:
    """Say how many events a topic holds, and the first and the last of them: for who asked for none of these."""
    entries = sorted(log.replay(topic), key=lambda entry: entry.timestamp_ms)
    if not entries:
        return f"{topic} holds no events"
    return f"{topic} holds {len(entries)} events, from {_describe(entries[0])} to {_describe(entries[-1])}"


def _describe(entry: Entry) -> str:
    return f"{entry.partition}@{entry.offset} of {time_format.iso(entry.timestamp_ms / 1000)}"


def find_consumer(topic: str, consumers: Sequence[Consumer], name: str, url: str) -> Consumer:
    """Find the consumer that gets the entries.

    Parameters
    ----------
    topic : where they are stored.
    consumers : all there are.
    name : of a Trigger, Subscription or KafkaSource that reads the topic, with or without its namespace.
    url : sends all of them there instead, with the waits and time-outs of the first that reads the topic.

    Raises
    ------
    NotFound : nobody who reads the topic has that name, or none was given.
    """
    reading = [one for one in consumers if any(each.topic == topic for each in one.configs)]
    matching = [one for one in reading if name in (one.name.name, str(one.name))]
    if not reading:
        raise NotFound(f"no consumer here reads a topic {topic}")
    if name and not matching:
        raise NotFound(f"{name} does not read {topic}; it is read by {_all(reading)}")
    if not (name or url):
        raise InvalidInput(f"say who gets the events, with --trigger or --url; {topic} is read by {_all(reading)}")
    chosen = (matching or reading)[0]
    if not url:
        return chosen
    target = replace(chosen.target, label=f"Address {url}", destination=Address(url=url), reply=None)
    return replace(chosen, target=target, configs=tuple(replace(one, filter=None) for one in chosen.configs))


async def replay(entry: Entry, consumer: Consumer, resender: Resender, *, dry_run: bool) -> tuple[Outcome, str]:
    """Hand an entry to a consumer, if its filter lets it through: what became of it, and why it failed."""
    event, outcome = _decode_and_filter(entry, consumer.configs[0])
    if event is None:
        return outcome, ""
    if dry_run:
        return Outcome.WOULD_BE_SENT, ""
    place = f"{entry.topic}/{entry.partition}@{entry.offset}"
    failure = await resender.send(event, consumer.target, retries=RETRIES, what="replayed", stored_at=place)
    return (Outcome.FAILED, failure) if failure else (outcome, "")


def summarize(counts: Mapping[Outcome, int]) -> str:
    """Summarize how many entries had each outcome, in the order of `Outcome`; "" for none."""
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts.get(outcome))


def _decode_and_filter(entry: Entry, reading: ConsumerConfig) -> tuple[Message | None, Outcome]:
    try:
        event = reading.decode(entry)
    except InvalidInput:
        return None, Outcome.UNREADABLE
    if reading.filter and reading.filter.mismatch(event.attributes) is not None:
        return None, Outcome.UNMATCHED
    return event, Outcome.SENT


def _all(consumers: Sequence[Consumer]) -> str:
    return ", ".join(one.target.label for one in consumers)
