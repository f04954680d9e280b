"""The event log in memory: the model that the real adapters are compared with, and the log of unit tests."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.adapters import event_log_rules
from shared.clock import SystemClock
from shared.errors import Conflict, NotFound, Unavailable
from shared.ports.clock import Clock
from shared.ports.log import Entry, NewEntry

_Position = tuple[int, int]
"""Partition, index within it."""


@dataclass(slots=True)
class _Delivery:
    owner: MemoryConsumer | None
    n_deliveries: int


@dataclass(slots=True)
class _Group:
    next_index: list[int]
    pending: dict[_Position, _Delivery] = field(default_factory=dict)
    members: dict[str, MemoryConsumer] = field(default_factory=dict)
    n_reads: int = 0


@dataclass(slots=True)
class _Topic:
    partitions: list[list[Entry]]
    dedup_ids: set[str] = field(default_factory=set)
    groups: dict[str, _Group] = field(default_factory=dict)
    spread: event_log_rules.RoundRobin = field(default_factory=event_log_rules.RoundRobin)


class MemoryLog:
    """An `EventLog` that lives as long as the object; shared between threads.

    `down = True` makes every call raise `Unavailable`; `kill` ends a member as kill -9 does. Members compete for
    entries of all partitions (as on Valkey); a member keeps its entries until it closes, is killed, or another joins
    under its name.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.down = False
        self._clock = clock or SystemClock()
        self._topics: dict[str, _Topic] = {}
        self._changed = threading.Condition()

    def ensure_topic(self, topic: str, *, partitions: int) -> None:
        """Create the topic unless it exists; an existing one keeps its partitions."""
        event_log_rules.check_partitions(topic, partitions)
        with self._changed:
            self._check_up()
            self._topics.setdefault(topic, _Topic([[] for _ in range(partitions)]))

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Add all entries at once; one with a known `dedup_id` adds nothing."""
        event_log_rules.check_sizes(topic, entries)
        timestamp_ms = int(self._clock.now().timestamp() * 1000)
        with self._changed:
            topic_state = self._topic(topic)
            for new in entries:
                if new.dedup_id and new.dedup_id in topic_state.dedup_ids:
                    continue
                if new.dedup_id:
                    topic_state.dedup_ids.add(new.dedup_id)
                partition = topic_state.spread.choose_partition(new, len(topic_state.partitions))
                stored = topic_state.partitions[partition]
                stored.append(
                    Entry(
                        topic=topic,
                        partition=partition,
                        offset=str(len(stored)),
                        timestamp_ms=timestamp_ms,
                        value=new.value,
                        is_null=new.is_null,
                        key=new.key,
                        headers=new.headers,
                    )
                )
            self._changed.notify_all()

    def consumer(self, topic: str, group: str, *, member: str, start: str = "earliest") -> MemoryConsumer:
        """Join a group; a new group starts at ``earliest`` or ``latest``."""
        event_log_rules.check_name("group", group)
        event_log_rules.check_name("member", member)
        event_log_rules.check_start(start)
        with self._changed:
            topic_state = self._topic(topic)
            if group not in topic_state.groups:
                ends = [len(stored) if start == "latest" else 0 for stored in topic_state.partitions]
                topic_state.groups[group] = _Group(ends)
            joined = MemoryConsumer(self, topic, group, member)
            former = topic_state.groups[group].members.get(member)
            topic_state.groups[group].members[member] = joined
            if former is not None:
                self._release(topic_state.groups[group], former)
            return joined

    def replay(self, topic: str, *, since: datetime | None = None) -> Iterator[Entry]:
        """Yield every stored entry up to now, per partition in order, without touching any group."""
        since_ms = -1 if since is None else int(since.timestamp() * 1000)
        with self._changed:
            stored = [entry for part in self._topic(topic).partitions for entry in part]
        return iter([entry for entry in stored if entry.timestamp_ms >= since_ms])

    def lag(self, topic: str, group: str) -> int:
        """Count the entries not yet acknowledged by the group; all stored ones when nobody ever joined it."""
        with self._changed:
            topic_state = self._topic(topic)
            total = sum(len(stored) for stored in topic_state.partitions)
            if group not in topic_state.groups:
                return total
            state = topic_state.groups[group]
            return total - sum(state.next_index) + len(state.pending)

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def kill(self, topic: str, group: str, member: str) -> None:
        """End a member as kill -9 does: its entries go to the others, and it can do nothing more."""
        with self._changed:
            state = self._topics[topic].groups[group]
            if (gone := state.members.pop(member, None)) is not None:
                self._release(state, gone)

    def _check_up(self) -> None:
        if self.down:
            raise Unavailable("event log: switched off by the test")

    def _topic(self, topic: str) -> _Topic:
        self._check_up()
        if topic not in self._topics:
            raise NotFound(f"event log: no topic {topic}")
        return self._topics[topic]

    def _release(self, state: _Group, gone: MemoryConsumer) -> None:
        for delivery in state.pending.values():
            if delivery.owner is gone:
                delivery.owner = None
        self._changed.notify_all()

    def _poll(self, consumer: MemoryConsumer, max_entries: int, wait_s: float) -> list[Entry]:
        deadline = time.monotonic() + wait_s
        with self._changed:
            while True:
                topic_state, state = self._membership(consumer)
                parts = self._partitions_of(consumer, topic_state, state)
                entries = self._read_released(consumer, topic_state, state, parts, max_entries)
                entries += self._read_new(consumer, topic_state, state, parts, max_entries - len(entries))
                left_s = deadline - time.monotonic()
                if entries or left_s <= 0:
                    return entries
                self._changed.wait(left_s)

    def _membership(self, consumer: MemoryConsumer) -> tuple[_Topic, _Group]:
        topic_state = self._topic(consumer.topic)
        state = topic_state.groups[consumer.group]
        if state.members.get(consumer.member) is not consumer:
            raise Conflict(f"group {consumer.group}: member {consumer.member} left or was replaced")
        return topic_state, state

    def _partitions_of(self, consumer: MemoryConsumer, topic_state: _Topic, state: _Group) -> Sequence[int]:
        """Return the partitions that a member may read: all."""
        return range(len(topic_state.partitions))

    def _read_released(
        self, consumer: MemoryConsumer, topic_state: _Topic, state: _Group, parts: Sequence[int], limit: int
    ) -> list[Entry]:
        entries = []
        free = (
            position for position, delivery in state.pending.items() if delivery.owner is None and position[0] in parts
        )
        for position in sorted(free)[:limit]:
            delivery = state.pending[position]
            delivery.owner = consumer
            delivery.n_deliveries += 1
            partition, index = position
            entries.append(replace(topic_state.partitions[partition][index], n_deliveries=delivery.n_deliveries))
        return entries

    def _read_new(
        self, consumer: MemoryConsumer, topic_state: _Topic, state: _Group, parts: Sequence[int], limit: int
    ) -> list[Entry]:
        """Return entries that no member has read; partitions take turns, so that a long one hides no other."""
        entries: list[Entry] = []
        state.n_reads += 1
        remaining = deque(parts)
        remaining.rotate(-state.n_reads)
        share = -(-limit // max(len(parts), 1))
        while remaining and len(entries) < limit:
            partition = remaining.popleft()
            first, n_wanted = state.next_index[partition], min(share, limit - len(entries))
            fresh = topic_state.partitions[partition][first : first + n_wanted]
            for index in range(first, first + len(fresh)):
                state.pending[partition, index] = _Delivery(consumer, 1)
            state.next_index[partition] += len(fresh)
            entries += fresh
            if len(fresh) == n_wanted:
                remaining.append(partition)
        return entries

    def _ack(self, consumer: MemoryConsumer, entries: Sequence[Entry]) -> None:
        with self._changed:
            state = self._topic(consumer.topic).groups[consumer.group]
            for entry in entries:
                state.pending.pop((entry.partition, int(entry.offset)), None)

    def _leave(self, consumer: MemoryConsumer) -> None:
        with self._changed:
            state = self._topics[consumer.topic].groups[consumer.group]
            if state.members.get(consumer.member) is consumer:
                del state.members[consumer.member]
            self._release(state, consumer)


class MemoryConsumer:
    """One member of a group of a `MemoryLog`."""

    def __init__(self, log: MemoryLog, topic: str, group: str, member: str) -> None:
        self.topic = topic
        self.group = group
        self.member = member
        self._log = log

    def poll(self, *, max_entries: int, wait_s: float) -> list[Entry]:
        """Return entries of members that are gone, then new ones; `Conflict` once replaced or closed."""
        return self._log._poll(self, max_entries, wait_s)

    def ack(self, entries: Sequence[Entry]) -> None:
        """Acknowledge entries: they are not delivered again to this group."""
        self._log._ack(self, entries)

    def close(self) -> None:
        """Leave the group; entries without acknowledgement are delivered again to other members."""
        self._log._leave(self)
