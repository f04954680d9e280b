"""Port of the durable event log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry that a producer appends to a topic of the log."""

    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    dedup_id: str = ""
    """Appending the same id again within the log's memory adds nothing; empty means: always add."""
    is_null: bool = False
    """There is no value at all, which is not the same as an empty one; `value` is empty then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as a consumer reads it."""

    topic: str
    partition: int
    offset: str
    """Opaque to readers; within a partition the log orders by it."""
    timestamp_ms: int
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    n_deliveries: int = field(default=1, compare=False)
    is_null: bool = False
    """There is no value at all, which is not the same as an empty one; `value` is empty then."""


class LogConsumer(Protocol):
    """One member of a consumer group. Not shared between threads."""

    def poll(self, *, max_entries: int, wait_s: float) -> list[Entry]:
        """Return new entries, or those of members that are gone; none after `wait_s` without any."""

    def ack(self, entries: Sequence[Entry]) -> None:
        """Acknowledge entries: they are not delivered again to this group (Kafka: up to the first gap)."""

    def close(self) -> None:
        """Leave the group; entries without acknowledgement are delivered again to other members."""


class EventLog(Protocol):
    """A durable, partitioned, replayable log: Valkey Streams on a laptop, Kafka on a cluster."""

    def ensure_topic(self, topic: str, *, partitions: int) -> None:
        """Create the topic unless it exists; an existing one keeps its partitions."""

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Return once all entries are durable, raise `Unavailable` otherwise (some may be stored then)."""

    def consumer(self, topic: str, group: str, *, member: str, start: str = "earliest") -> LogConsumer:
        """Join a group; a new group starts at ``earliest`` or ``latest``."""

    def replay(self, topic: str, *, since: datetime | None = None) -> Iterator[Entry]:
        """Yield every stored entry up to now, per partition in order, without touching any group."""

    def lag(self, topic: str, group: str) -> int:
        """Count the entries not yet acknowledged by the group."""

    def close(self) -> None:
        """Release connections."""
