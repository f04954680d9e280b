"""The event log in memory, handed out as Kafka does: a partition has one reader, and is committed up to a gap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from shared.adapters.memory.event_log import MemoryConsumer, MemoryLog, _Delivery, _Group, _Topic
from shared.ports.log import Entry

_Part = tuple[str, str, int]
"""Topic, group, partition."""


class PartitionedLog(MemoryLog):
    """A `MemoryLog` whose members do not compete: partitions are divided anew whenever one comes or goes.

    Who has to hand a partition over does so when it polls. The new holder gets everything again from the first entry
    that was not acknowledged, also what was acknowledged beyond it; what the former holder acknowledges from then on is
    passed over.
    """

    def __init__(self) -> None:
        super().__init__()
        self._holders: dict[_Part, MemoryConsumer] = {}
        self._acknowledged: dict[_Part, set[int]] = defaultdict(set)
        """Indexes that the present holder acknowledged."""

    def lag(self, topic: str, group: str) -> int:
        """Entries not yet committed by the group: those acknowledged beyond a gap count as open."""
        with self._changed:
            state = self._topic(topic).groups.get(group)
            beyond = sum(len(self._beyond(part, state)) for part in self._acknowledged if part[:2] == (topic, group))
            return super().lag(topic, group) + beyond

    def _partitions_of(self, consumer: MemoryConsumer, found: _Topic, state: _Group) -> Sequence[int]:
        members = sorted(state.members)
        fair = range(members.index(consumer.member), len(found.partitions), len(members))
        for partition in range(len(found.partitions)):
            part = (consumer.topic, consumer.group, partition)
            holder = self._holders.get(part)
            if holder is consumer and partition not in fair:
                del self._holders[part]
            elif partition in fair and (holder is None or state.members.get(holder.member) is not holder):
                self._move(part, state)
                self._holders[part] = consumer
        return [p for p in fair if self._holders.get((consumer.topic, consumer.group, p)) is consumer]

    def _move(self, part: _Part, state: _Group) -> None:
        """Everything from the first gap on is free again."""
        for index in self._beyond(part, state):
            state.pending[part[2], index] = _Delivery(None, 1)
        self._acknowledged.pop(part, None)
        for place, delivery in state.pending.items():
            if place[0] == part[2]:
                delivery.owner = None

    def _beyond(self, part: _Part, state: _Group | None) -> list[int]:
        """What is acknowledged behind an entry that is open."""
        gaps = [index for partition, index in state.pending if partition == part[2]] if state else []
        return [index for index in self._acknowledged.get(part, ()) if gaps and index > min(gaps)]

    def _ack(self, consumer: MemoryConsumer, entries: Sequence[Entry]) -> None:
        held = [
            entry
            for entry in entries
            if self._holders.get((consumer.topic, consumer.group, entry.partition)) is consumer
        ]
        super()._ack(consumer, held)
        for entry in held:
            self._acknowledged[consumer.topic, consumer.group, entry.partition].add(int(entry.offset))
