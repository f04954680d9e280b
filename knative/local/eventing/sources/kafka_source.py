"""Turns records of a topic into events: a CloudEvent stays what it is, a plain record is wrapped in one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from knative.local.eventing.message import message
from knative.local.eventing.message.message import Message
from knative.local.eventing.sources import record_keys
from knative.manifests.model import KafkaSource, KeyType, Name
from shared.errors import InvalidInput
from shared.events import cloudevents
from shared.ports.log import Entry

TYPE = "dev.knative.kafka.event"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]")


def decoder(source: KafkaSource) -> Callable[[Entry], Message]:
    """Return how this source reads its records; ``ceOverrides`` are laid over each event."""

    def decode(entry: Entry) -> Message:
        return to_message(entry, source.name, source.key_type).with_extensions(source.extensions)

    return decode


def to_message(entry: Entry, source: Name, key_type: KeyType = KeyType.TEXT) -> Message:
    """Return the event of a record. One that only claims to be an event is treated as plain."""
    if cloudevents.is_record_event(entry.headers):
        try:
            return message.from_source_record(entry.headers, None if entry.is_null else entry.value)
        except InvalidInput:
            pass
    return _wrap_plain_record(entry, source, key_type)


def doubt(event: Message) -> str:
    """Return why a cluster's KafkaSource would lose this event; empty when it would not."""
    try:
        cloudevents.check_characters(event.attributes)
    except InvalidInput as exc:
        return f"a cluster loses this event: {', '.join(sorted(exc.errors))} holds control characters"
    return ""


def _wrap_plain_record(entry: Entry, source: Name, key_type: KeyType) -> Message:
    attributes = {
        "specversion": "1.0",
        "type": TYPE,
        "source": f"/apis/v1/namespaces/{source.namespace}/kafkasources/{source.name}#{entry.topic}",
        "subject": f"partition:{entry.partition}#{entry.offset}",
        # Unique only together with the source, which names the topic.
        "id": f"partition:{entry.partition}/offset:{entry.offset}",
        "time": _print_time(entry.timestamp_ms),
    }
    if entry.key:
        attributes["partitionkey"] = attributes["key"] = record_keys.key_text(entry.key, key_type)
    for name, raw in entry.headers:
        value = raw.decode(errors="replace")
        if name.lower() == "content-type":
            attributes["datacontenttype"] = value.lower()
        else:
            attributes[f"kafkaheader{_NOT_IN_NAMES.sub('', name.lower())}"] = value
    return Message(attributes=attributes, data=entry.value, is_null=entry.is_null)


def _print_time(timestamp_ms: int) -> str:
    """Print it as Java does: with as many digits after the second as are needed."""
    seconds, ms = divmod(timestamp_ms, 1000)
    fraction = f".{ms:03}".rstrip("0") if ms else ""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"
