"""An event on its way through the broker: its attributes exactly as they were written, and its data untouched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from knative.local.eventing.message import passthrough_headers
from knative.manifests.model import BrokerClass
from shared.events import cloudevents, tracing
from shared.events.cloudevents import STRUCTURED
from shared.ports.log import Entry, NewEntry

IMPLIED = "application/json"
"""The Kafka data plane takes structured ``data`` for it that does not say what it is; the channel broker's does not."""

Content = tuple[tuple[tuple[str, bytes], ...], bytes]
"""Headers and value of a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A CloudEvent as a broker sees it. `attributes` holds all of them as text, ``datacontenttype`` included."""

    attributes: Mapping[str, str]
    data: bytes = b""
    passing: Mapping[str, str] = field(default_factory=dict)
    """Headers that are not the event's own and travel with it; see `foreign`."""
    hops_left: str = ""
    """On its way out of a channel broker; see `hops`."""

    @property
    def id(self) -> str:
        """With `source`, what tells one event from another."""
        return self.attributes["id"]

    @property
    def source(self) -> str:
        """Where it happened."""
        return self.attributes["source"]

    @property
    def traceparent(self) -> str:
        """The trace it carries, as its own extension or a header beside it; else the one it begins."""
        given = str(self.attributes.get(tracing.HEADER) or self.passing.get(tracing.HEADER, ""))
        return given if tracing.is_valid(given) else tracing.of_event(self.source, self.id)

    @property
    def trace_id(self) -> str:
        """What it shares with all that caused it and all that it causes."""
        return tracing.trace_id(self.traceparent)

    def with_extensions(self, extensions: Mapping[str, str]) -> Message:
        """The same event with these extensions added or overridden."""
        return replace(self, attributes={**self.attributes, **extensions}) if extensions else self

    def request(self, *, structured: bool = False) -> tuple[dict[str, str], bytes]:
        """Headers and body of a request in either content mode, foreign headers included."""
        if structured:
            return {**self.passing, "content-type": STRUCTURED}, cloudevents.to_json(self.attributes, self.data)
        return {**self.passing, **cloudevents.http_headers(self.attributes)}, self.data

    def entry(self, *, dedup_id: str = "", structured: bool = False) -> NewEntry:
        """What is appended to the log, in either content mode, keyed by the extension ``partitionkey``."""
        key = self.attributes.get("partitionkey")
        content = self._structured_content() if structured else self._binary_content()
        passing = tuple((name, value.encode()) for name, value in self.passing.items())
        return NewEntry(
            value=content[1],
            key=str(key).encode() if key else None,
            headers=content[0] + passing,
            dedup_id=dedup_id,
        )

    def _binary_content(self) -> Content:
        return cloudevents.record_headers(self.attributes), self.data

    def _structured_content(self) -> Content:
        return (("content-type", STRUCTURED.encode()),), cloudevents.to_json(self.attributes, self.data)


def from_http(headers: Mapping[str, str], body: bytes, broker_class: BrokerClass = BrokerClass.KAFKA) -> Message:
    """The event of a request or a response in either mode; the data plane decides which other headers stay with it.

    Raises
    ------
    InvalidInput : there is no valid event.
    """
    implied = IMPLIED if broker_class is BrokerClass.KAFKA else ""
    attributes, data = cloudevents.decode_http(headers, body, implied=implied)
    return Message(attributes=attributes, data=data, passing=passthrough_headers.select(headers, broker_class))


def from_record(headers: Iterable[tuple[str, bytes]], value: bytes) -> Message:
    """The event of a log record in either mode; `InvalidInput` when it is none."""
    found = tuple(headers)
    attributes, data = cloudevents.decode_record(found, value, implied=IMPLIED)
    return Message(attributes=attributes, data=data, passing=_passing(found, BrokerClass.KAFKA))


def from_entry(entry: Entry) -> Message:
    """The event of an entry of a broker's or a channel's topic, with all that was stored with it."""
    attributes, data = cloudevents.decode_record(entry.headers, entry.value)
    return Message(attributes=attributes, data=data, passing=_passing(entry.headers, BrokerClass.CHANNEL))


def _passing(headers: Iterable[tuple[str, bytes]], broker_class: BrokerClass) -> dict[str, str]:
    foreigners = {
        name: value.decode(errors="replace") for name, value in headers if not name.startswith(("ce_", "content-"))
    }
    return passthrough_headers.select(foreigners, broker_class) if foreigners else foreigners
