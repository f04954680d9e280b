"""A broker that remembers what it was sent, and can fall silent."""

from __future__ import annotations

from shared.errors import Unavailable
from shared.events.envelope import Event


class MemorySink:
    """An `EventSink` for tests."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.silent = False

    def send(self, event: Event) -> None:
        """Remember the event, or raise `Unavailable` while silent."""
        if self.silent:
            raise Unavailable("the broker does not answer")
        self.events.append(event)
