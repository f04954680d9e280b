"""The log as one process sees it: every call takes time, may fail on its way there or back, and ends with the process.

Beneath is one of the logs in memory that unit tests use.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from knative.simulator import blocking
from shared.adapters.memory.event_log import MemoryConsumer, MemoryLog
from shared.errors import Unavailable
from shared.ports.log import Entry, LogConsumer, NewEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFaults:
    """The faults between a process and the log. Probabilities are per call, the last one per entry."""

    latency_s: float = 0.001
    """Longest time of one way."""
    p_lost_call: float = 0.0
    """The call never arrives."""
    p_lost_answer: float = 0.0
    """It is done, and the caller learns that it failed."""
    p_duplicate: float = 0.0
    """An entry is delivered once more, later."""


NO_FAULTS = LogFaults()


class ConnectionContext(Protocol):
    """The surroundings of a process's connection."""

    log_faults: LogFaults
    chance: random.Random

    def record_joined(self, topic: str, group: str, member: str) -> None:
        """A member joined a group."""

    def record_acknowledged(self, group: str, entries: Sequence[Entry]) -> None:
        """An acknowledgement reached the log."""


class Connection:
    """An `EventLog` of one process."""

    def __init__(self, log: MemoryLog, context: ConnectionContext) -> None:
        self.context = context
        self._log = log

    def ensure_topic(self, topic: str, *, partitions: int) -> None:
        """The topic exists afterwards."""
        self.send_call()
        self._log.ensure_topic(topic, partitions=partitions)
        self.receive_answer()

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Add all entries, or none; `Unavailable` leaves open which."""
        self.send_call()
        self._log.append(topic, entries)
        self.receive_answer()

    def consumer(self, topic: str, group: str, *, member: str, start: str = "earliest") -> LogConsumer:
        """Join a group."""
        self.send_call()
        joined = self._log.consumer(topic, group, member=member, start=start)
        self.context.record_joined(topic, group, member)
        return _Member(self, joined)

    def replay(self, topic: str, *, since: datetime | None = None) -> Iterator[Entry]:
        """Every stored entry up to now."""
        return self._log.replay(topic, since=since)

    def lag(self, topic: str, group: str) -> int:
        """Entries not yet acknowledged by the group."""
        return self._log.lag(topic, group)

    def close(self) -> None:
        """Nothing to release."""

    def send_call(self) -> None:
        """Let a call travel to the log."""
        self._travel()
        if self.context.chance.random() < self.context.log_faults.p_lost_call:
            raise Unavailable("event log: the call was lost")

    def receive_answer(self) -> None:
        """Let the answer travel back."""
        self._travel()
        if self.context.chance.random() < self.context.log_faults.p_lost_answer:
            raise Unavailable("event log: the answer was lost")

    def _travel(self) -> None:
        # Also where it takes no time: a dead process ends here, so that nothing of it reaches the log any more.
        blocking.sleep(self.context.chance.random() * self.context.log_faults.latency_s)


class _Member:
    """A `LogConsumer` of one process."""

    def __init__(self, connection: Connection, member: MemoryConsumer) -> None:
        self._connection = connection
        self._member = member
        self._again: list[Entry] = []

    def poll(self, *, max_entries: int, wait_s: float) -> list[Entry]:
        """Return what the log has, and a few entries that were delivered before."""
        self._connection.send_call()
        again, self._again = self._again[:max_entries], self._again[max_entries:]
        entries = self._member.poll(max_entries=max_entries - len(again), wait_s=0 if again else wait_s) + again
        if p := self._connection.context.log_faults.p_duplicate:
            self._again += [entry for entry in entries if self._connection.context.chance.random() < p]
        return entries

    def ack(self, entries: Sequence[Entry]) -> None:
        """Acknowledge entries: they need no further delivery."""
        self._connection.send_call()
        self._connection.context.record_acknowledged(self._member.group, entries)
        self._member.ack(entries)
        self._connection.receive_answer()

    def close(self) -> None:
        """Leave the group."""
        self._connection.send_call()
        self._member.close()
