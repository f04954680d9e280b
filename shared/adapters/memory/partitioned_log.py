"""The event log in memory with Kafka's delivery: a partition has one reader, and is committed up to a gap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from shared.adapters.memory.event_log import MemoryConsumer, MemoryLog, _Delivery, _Group, _Topic
from shared.ports.log import Entry

_Part = tuple[str, str, int]
"""Topic, group, partition."""


class PartitionedLog(MemoryLog):
    """A `MemoryLog` whose members do not compete: partitions are reassigned whenever one joins or leaves.

    A member releases a partition when it polls. The new owner gets everything again from the first entry without an
    acknowledgement; what the former owner acknowledges from then on is ignored.
    """

    def __init__(self) -> None:
        super().__init__()
        self._owners: dict[_Part, MemoryConsumer] = {}
        self._acknowledged: dict[_Part, set[int]] = defaultdict(set)
        """Indexes that the present owner acknowledged."""

    def lag(self, topic: str, group: str) -> int:
        """Count the entries not yet committed by the group: those acknowledged beyond a gap count as open."""
        with self._changed:
            state = self._topic(topic).groups.get(group)
            beyond = sum(len(self._beyond(part, state)) for part in self._acknowledged if part[:2] == (topic, group))
            return super().lag(topic, group) + beyond

    def _partitions_of(self, consumer: MemoryConsumer, topic_state: _Topic, state: _Group) -> Sequence[int]:
        members = sorted(state.members)
        fair = range(members.index(consumer.member), len(topic_state.partitions), len(members))
        for partition in range(len(topic_state.partitions)):
            part = (consumer.topic, consumer.group, partition)
            owner = self._owners.get(part)
            if owner is consumer and partition not in fair:
                del self._owners[part]
            elif partition in fair and (owner is None or state.members.get(owner.member) is not owner):
                self._move(part, state)
                self._owners[part] = consumer
        return [p for p in fair if self._owners.get((consumer.topic, consumer.group, p)) is consumer]

    def _move(self, part: _Part, state: _Group) -> None:
        """Release everything from the first gap on."""
        for index in self._beyond(part, state):
            state.pending[part[2], index] = _Delivery(None, 1)
        self._acknowledged.pop(part, None)
        for position, delivery in state.pending.items():
            if position[0] == part[2]:
                delivery.owner = None

    def _beyond(self, part: _Part, state: _Group | None) -> list[int]:
        """Return the indexes that are acknowledged behind an open entry."""
        gaps = [index for partition, index in state.pending if partition == part[2]] if state else []
        return [index for index in self._acknowledged.get(part, ()) if gaps and index > min(gaps)]

    def _ack(self, consumer: MemoryConsumer, entries: Sequence[Entry]) -> None:
        own_entries = [
            entry
            for entry in entries
            if self._owners.get((consumer.topic, consumer.group, entry.partition)) is consumer
        ]
        super()._ack(consumer, own_entries)
        for entry in own_entries:
            self._acknowledged[consumer.topic, consumer.group, entry.partition].add(int(entry.offset))
