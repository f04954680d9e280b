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
class Weather:
    """What goes wrong between a process and the log. Probabilities are per call, of the last one per entry."""

    latency_s: float = 0.001
    """One way, at most."""
    p_unheard: float = 0.0
    """The call never arrives."""
    p_unanswered: float = 0.0
    """It is done, and the caller hears that it failed."""
    p_again: float = 0.0
    """An entry is handed out once more, later."""


CALM = Weather()


class Surroundings(Protocol):
    """What a process's connection goes through."""

    weather: Weather
    chance: random.Random

    def note_joined(self, topic: str, group: str, member: str) -> None:
        """Somebody joined a group."""

    def note_acknowledged(self, group: str, entries: Sequence[Entry]) -> None:
        """An acknowledgement reached the log."""


class Connection:
    """An `EventLog` of one process."""

    def __init__(self, log: MemoryLog, around: Surroundings) -> None:
        self.around = around
        self._log = log

    def ensure_topic(self, topic: str, *, partitions: int) -> None:
        """The topic exists afterwards."""
        self.there()
        self._log.ensure_topic(topic, partitions=partitions)
        self.back()

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Add all entries, or none; `Unavailable` leaves open which."""
        self.there()
        self._log.append(topic, entries)
        self.back()

    def consumer(self, topic: str, group: str, *, member: str, start: str = "earliest") -> LogConsumer:
        """Join a group."""
        self.there()
        joined = self._log.consumer(topic, group, member=member, start=start)
        self.around.note_joined(topic, group, member)
        return _Member(self, joined)

    def replay(self, topic: str, *, since: datetime | None = None) -> Iterator[Entry]:
        """Every stored entry up to now."""
        return self._log.replay(topic, since=since)

    def lag(self, topic: str, group: str) -> int:
        """Entries not yet acknowledged by the group."""
        return self._log.lag(topic, group)

    def close(self) -> None:
        """Nothing to release."""

    def there(self) -> None:
        """A call on its way to the log."""
        self._travel()
        if self.around.chance.random() < self.around.weather.p_unheard:
            raise Unavailable("event log: the call was lost")

    def back(self) -> None:
        """The answer on its way."""
        self._travel()
        if self.around.chance.random() < self.around.weather.p_unanswered:
            raise Unavailable("event log: the answer was lost")

    def _travel(self) -> None:
        # Also where it takes no time: who is dead ends here, so that nothing of it reaches the log any more.
        blocking.sleep(self.around.chance.random() * self.around.weather.latency_s)


class _Member:
    """A `LogConsumer` of one process."""

    def __init__(self, connection: Connection, member: MemoryConsumer) -> None:
        self._connection = connection
        self._member = member
        self._again: list[Entry] = []

    def poll(self, *, max_entries: int, wait_s: float) -> list[Entry]:
        """What the log has, and a few entries that were handed out before."""
        self._connection.there()
        again, self._again = self._again[:max_entries], self._again[max_entries:]
        taken = self._member.poll(max_entries=max_entries - len(again), wait_s=0 if again else wait_s) + again
        if p := self._connection.around.weather.p_again:
            self._again += [entry for entry in taken if self._connection.around.chance.random() < p]
        return taken

    def ack(self, entries: Sequence[Entry]) -> None:
        """These need no further delivery."""
        self._connection.there()
        self._connection.around.note_acknowledged(self._member.group, entries)
        self._member.ack(entries)
        self._connection.back()

    def close(self) -> None:
        """Leave the group."""
        self._connection.there()
        self._member.close()
