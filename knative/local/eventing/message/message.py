"""An event on its way through the data plane: its attributes exactly as they were written, and its data untouched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from knative.local.eventing.message import passthrough_headers
from knative.manifests.model import BrokerClass
from shared.errors import InvalidInput
from shared.events import cloudevents, tracing
from shared.events.cloudevents import STRUCTURED
from shared.ports.log import Entry, NewEntry

Content = tuple[tuple[tuple[str, bytes], ...], bytes]
"""Headers and value of a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A CloudEvent as a broker sees it. `attributes` holds all of them as text, ``datacontenttype`` included."""

    attributes: Mapping[str, str]
    data: bytes = b""
    is_null: bool = False
    """The event has no data, which in a record is not the same as empty data."""
    passthrough: Mapping[str, str] = field(default_factory=dict)
    """Headers that are not the event's own and travel with it; see `passthrough_headers`."""
    hops_left: str = ""
    """Counts down in a channel broker; set while the event is outside of the log; see `hop_limit`."""

    @property
    def id(self) -> str:
        """Identifies the event together with `source`."""
        return self.attributes["id"]

    @property
    def source(self) -> str:
        """The context in which the event happened."""
        return self.attributes["source"]

    @property
    def traceparent(self) -> str:
        """The W3C trace that the event carries, as an extension or as a header; otherwise a trace of its own."""
        carried = str(self.attributes.get(tracing.HEADER) or self.passthrough.get(tracing.HEADER, ""))
        return carried if carried and tracing.is_valid(carried) else tracing.trace_of_event(self.source, self.id)

    @property
    def trace_id(self) -> str:
        """The id that the event shares with its causes and its consequences."""
        return tracing.trace_id(self.traceparent)

    def with_extensions(self, extensions: Mapping[str, str]) -> Message:
        """Return the event with these extensions added or replaced."""
        return replace(self, attributes={**self.attributes, **extensions}) if extensions else self

    def request(self, *, structured: bool = False) -> tuple[dict[str, str], bytes]:
        """Return headers and body of an HTTP request in either content mode, passthrough headers included."""
        if structured:
            return {**self.passthrough, "content-type": STRUCTURED}, cloudevents.to_json(self.attributes, self.data)
        return {**self.passthrough, **cloudevents.http_headers(self.attributes)}, self.data

    def entry(self, *, dedup_id: str = "", structured: bool = False) -> NewEntry:
        """Return the record to append, in either content mode, keyed by the extension ``partitionkey``."""
        key = self.attributes.get("partitionkey")
        headers, value = self._structured_content() if structured else self._binary_content()
        return NewEntry(
            value=value,
            is_null=self.is_null and not structured,
            key=str(key).encode() if key else None,
            headers=headers + tuple((name, text.encode()) for name, text in self.passthrough.items()),
            dedup_id=dedup_id,
        )

    def _binary_content(self) -> Content:
        return cloudevents.record_headers(self.attributes), self.data

    def _structured_content(self) -> Content:
        return (("content-type", STRUCTURED.encode()),), cloudevents.to_json(self.attributes, self.data)


def from_http(headers: Mapping[str, str], body: bytes, broker_class: BrokerClass = BrokerClass.KAFKA) -> Message:
    """Read the event of a request or a response in either content mode, as this data plane reads it.

    Raises
    ------
    InvalidInput : there is no valid event.
    """
    is_kafka = broker_class is BrokerClass.KAFKA
    attributes, data = cloudevents.decode_http(headers, body, as_java_sdk=is_kafka)
    cloudevents.check_characters(attributes)
    if is_kafka:
        _check_source(attributes["source"])
    return Message(
        attributes=attributes,
        data=data or b"",
        is_null=data is None,
        passthrough=passthrough_headers.select(headers, broker_class),
    )


def from_source_record(headers: Sequence[tuple[str, bytes]], value: bytes | None) -> Message:
    """Read the event of a record that a KafkaSource found, in either mode; `InvalidInput` when it is none."""
    attributes, data = cloudevents.decode_record(headers, value, as_java_sdk=True)
    return _message(attributes, data, headers, BrokerClass.KAFKA)


def from_entry(entry: Entry) -> Message:
    """Read the event of a record of a channel-class topic, with all that was stored with it."""
    attributes, data = cloudevents.decode_record(entry.headers, None if entry.is_null else entry.value)
    return _message(attributes, data, entry.headers, BrokerClass.CHANNEL)


def from_kafka_entry(entry: Entry) -> Message:
    """Read the event of a record of a Kafka-class topic.

    Raises
    ------
    InvalidInput : the real dispatcher would discard it: no event (header names in other case are none), a source that
        is no URI, control characters.
    """
    if not cloudevents.is_record_event(entry.headers):
        raise InvalidInput("not a CloudEvent: neither a header ce_specversion nor a structured content-type")
    attributes, data = cloudevents.decode_record(
        entry.headers, None if entry.is_null else entry.value, as_java_sdk=True
    )
    cloudevents.check_characters(attributes)
    _check_source(attributes["source"])
    return _message(attributes, data, entry.headers, BrokerClass.KAFKA)


def _check_source(source: str) -> None:
    """The Java SDK makes a URI of it, and has no event without."""
    if not cloudevents.is_uri_reference(source):
        raise InvalidInput(f"not a CloudEvent 1.0: source {source!r} is no URI reference")


def _message(
    attributes: dict[str, str], data: bytes | None, headers: Iterable[tuple[str, bytes]], broker_class: BrokerClass
) -> Message:
    others = {
        name: value.decode(errors="replace") for name, value in headers if not name.startswith(("ce_", "content-"))
    }
    return Message(
        attributes=attributes,
        data=data or b"",
        is_null=data is None,
        passthrough=passthrough_headers.select(others, broker_class) if others else others,
    )
