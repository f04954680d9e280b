"""An event on its way through the broker: its attributes exactly as they were written, and its data untouched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.events import cloudevents
from shared.ports import Entry, NewEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A CloudEvent as a broker sees it. `attributes` holds all of them as text, ``datacontenttype`` included."""

    attributes: Mapping[str, str]
    data: bytes = b""

    @property
    def id(self) -> str:
        """With `source`, what tells one event from another."""
        return self.attributes["id"]

    @property
    def source(self) -> str:
        """Where it happened."""
        return self.attributes["source"]

    def with_extensions(self, extensions: Mapping[str, str]) -> Message:
        """The same event with these extensions added or overridden."""
        return Message(attributes={**self.attributes, **extensions}, data=self.data) if extensions else self

    def headers(self) -> dict[str, str]:
        """Headers of a request in binary mode."""
        return cloudevents.http_headers(self.attributes)

    def entry(self, *, dedup_id: str = "") -> NewEntry:
        """What is appended to the log, keyed by the extension ``partitionkey``."""
        key = self.attributes.get("partitionkey")
        return NewEntry(
            value=self.data,
            key=key.encode() if key else None,
            headers=cloudevents.record_headers(self.attributes),
            dedup_id=dedup_id,
        )


def from_http(headers: Mapping[str, str], body: bytes) -> Message:
    """The event of a request or a response in either mode; `InvalidInput` when it is none."""
    attributes, data = cloudevents.decode_http(headers, body)
    return Message(attributes=attributes, data=data)


def from_record(headers: Iterable[tuple[str, bytes]], value: bytes) -> Message:
    """The event of a log record in either mode; `InvalidInput` when it is none."""
    attributes, data = cloudevents.decode_record(headers, value)
    return Message(attributes=attributes, data=data)


def from_entry(entry: Entry) -> Message:
    """The event of an entry of a broker's topic."""
    return from_record(entry.headers, entry.value)
