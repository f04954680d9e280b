"""The event log in memory: the model that the real adapters are compared with, and what unit tests use."""

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

_Place = tuple[int, int]
"""Partition, index within it."""


@dataclass(slots=True)
class _Delivery:
    owner: MemoryConsumer | None
    n_deliveries: int


@dataclass(slots=True)
class _Group:
    next_index: list[int]
    pending: dict[_Place, _Delivery] = field(default_factory=dict)
    members: dict[str, MemoryConsumer] = field(default_factory=dict)
    turn: int = 0


@dataclass(slots=True)
class _Topic:
    partitions: list[list[Entry]]
    seen: set[str] = field(default_factory=set)
    groups: dict[str, _Group] = field(default_factory=dict)
    spread: event_log_rules.RoundRobin = field(default_factory=event_log_rules.RoundRobin)


class MemoryLog:
    """An `EventLog` that lives as long as the object; shared between threads.

    `down = True` makes every call raise `Unavailable`; `kill` ends a member the way kill -9 does. Members compete for
    entries of all partitions (as on Valkey); what a member holds stays its own until it closes, is killed, or another
    joins under its name.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.down = False
        self._clock = clock or SystemClock()
        self._topics: dict[str, _Topic] = {}
        self._changed = threading.Condition()

    def ensure_topic(self, topic: str, *, partitions: int) -> None:
        """The topic exists afterwards; an existing one keeps its partitions."""
        event_log_rules.check_partitions(topic, partitions)
        with self._changed:
            self._check_up()
            self._topics.setdefault(topic, _Topic([[] for _ in range(partitions)]))

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Add all entries at once; a `dedup_id` known already adds nothing."""
        event_log_rules.check_sizes(topic, entries)
        timestamp_ms = int(self._clock.now().timestamp() * 1000)
        with self._changed:
            found = self._topic(topic)
            for new in entries:
                if new.dedup_id and new.dedup_id in found.seen:
                    continue
                if new.dedup_id:
                    found.seen.add(new.dedup_id)
                partition = found.spread.choose_partition(new, len(found.partitions))
                stored = found.partitions[partition]
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
            found = self._topic(topic)
            if group not in found.groups:
                ends = [len(stored) if start == "latest" else 0 for stored in found.partitions]
                found.groups[group] = _Group(ends)
            joined = MemoryConsumer(self, topic, group, member)
            former = found.groups[group].members.get(member)
            found.groups[group].members[member] = joined
            if former is not None:
                self._release(found.groups[group], former)
            return joined

    def replay(self, topic: str, *, since: datetime | None = None) -> Iterator[Entry]:
        """Every stored entry up to now, per partition in order, without touching any group."""
        since_ms = -1 if since is None else int(since.timestamp() * 1000)
        with self._changed:
            stored = [entry for part in self._topic(topic).partitions for entry in part]
        return iter([entry for entry in stored if entry.timestamp_ms >= since_ms])

    def lag(self, topic: str, group: str) -> int:
        """Entries not yet acknowledged by the group; all that are stored when nobody ever joined it."""
        with self._changed:
            found = self._topic(topic)
            total = sum(len(stored) for stored in found.partitions)
            if group not in found.groups:
                return total
            state = found.groups[group]
            return total - sum(state.next_index) + len(state.pending)

    def close(self) -> None:
        """Nothing to release."""

    def kill(self, topic: str, group: str, member: str) -> None:
        """End a member without a goodbye: what it holds goes to the others, and it can do nothing more."""
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
                found, state = self._membership(consumer)
                parts = self._partitions_of(consumer, found, state)
                taken = self._given_back(consumer, found, state, parts, max_entries)
                taken += self._unread(consumer, found, state, parts, max_entries - len(taken))
                left_s = deadline - time.monotonic()
                if taken or left_s <= 0:
                    return taken
                self._changed.wait(left_s)

    def _membership(self, consumer: MemoryConsumer) -> tuple[_Topic, _Group]:
        found = self._topic(consumer.topic)
        state = found.groups[consumer.group]
        if state.members.get(consumer.member) is not consumer:
            raise Conflict(f"group {consumer.group}: member {consumer.member} left or was replaced")
        return found, state

    def _partitions_of(self, consumer: MemoryConsumer, found: _Topic, state: _Group) -> Sequence[int]:
        """Where a member may read: everywhere."""
        return range(len(found.partitions))

    def _given_back(
        self, consumer: MemoryConsumer, found: _Topic, state: _Group, parts: Sequence[int], limit: int
    ) -> list[Entry]:
        taken = []
        free = (place for place, delivery in state.pending.items() if delivery.owner is None and place[0] in parts)
        for place in sorted(free)[:limit]:
            delivery = state.pending[place]
            delivery.owner = consumer
            delivery.n_deliveries += 1
            partition, index = place
            taken.append(replace(found.partitions[partition][index], n_deliveries=delivery.n_deliveries))
        return taken

    def _unread(
        self, consumer: MemoryConsumer, found: _Topic, state: _Group, parts: Sequence[int], limit: int
    ) -> list[Entry]:
        """What nobody has read yet; partitions take turns, so that a long one hides no other."""
        taken: list[Entry] = []
        state.turn += 1
        more = deque(parts)
        more.rotate(-state.turn)
        share = -(-limit // max(len(parts), 1))
        while more and len(taken) < limit:
            partition = more.popleft()
            first, wanted = state.next_index[partition], min(share, limit - len(taken))
            fresh = found.partitions[partition][first : first + wanted]
            for index in range(first, first + len(fresh)):
                state.pending[partition, index] = _Delivery(consumer, 1)
            state.next_index[partition] += len(fresh)
            taken += fresh
            if len(fresh) == wanted:
                more.append(partition)
        return taken

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
        """Entries given back by members that are gone, then new ones; `Conflict` once replaced or closed."""
        return self._log._poll(self, max_entries, wait_s)

    def ack(self, entries: Sequence[Entry]) -> None:
        """These need no further delivery to this group."""
        self._log._ack(self, entries)

    def close(self) -> None:
        """Leave the group; what was not acknowledged is delivered again to others."""
        self._log._leave(self)
