"""Records of a topic as events: what is an event passes through, what is not becomes ``dev.knative.kafka.event``."""

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
    """How this source reads its records; ``ceOverrides`` are laid over each event."""

    def decode(entry: Entry) -> Message:
        return to_message(entry, source.name, source.key_type).with_extensions(source.extensions)

    return decode


def to_message(entry: Entry, source: Name, key_type: KeyType = KeyType.TEXT) -> Message:
    """The event of a record. One that only claims to be an event is treated as plain."""
    if cloudevents.is_record_event(entry.headers):
        try:
            return message.from_record(entry.headers, entry.value)
        except InvalidInput:
            pass
    return _plain(entry, source, key_type)


def _plain(entry: Entry, source: Name, key_type: KeyType) -> Message:
    attributes = {
        "specversion": "1.0",
        "type": TYPE,
        "source": f"/apis/v1/namespaces/{source.namespace}/kafkasources/{source.name}#{entry.topic}",
        "subject": f"partition:{entry.partition}#{entry.offset}",
        # Unique only together with the source, which names the topic.
        "id": f"partition:{entry.partition}/offset:{entry.offset}",
        "time": _moment(entry.timestamp_ms),
    }
    if entry.key:
        attributes["partitionkey"] = attributes["key"] = record_keys.key_text(entry.key, key_type)
    for name, raw in entry.headers:
        value = raw.decode(errors="replace")
        if name.lower() == "content-type":
            attributes["datacontenttype"] = value.lower()
        else:
            attributes[f"kafkaheader{_NOT_IN_NAMES.sub('', name.lower())}"] = value
    return Message(attributes=attributes, data=entry.value)


def _moment(timestamp_ms: int) -> str:
    """As Java prints it: no more digits after the second than there are."""
    seconds, ms = divmod(timestamp_ms, 1000)
    fraction = f".{ms:03}".rstrip("0") if ms else ""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"
