"""Ports of events: the broker and the transactional outbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from shared.events.envelope import Event


class EventSink(Protocol):
    """Posts events to the broker (`K_SINK`)."""

    def send(self, event: Event) -> None:
        """Return once the broker holds the event durably; raise `Unavailable` otherwise."""


class Outbox(Protocol):
    """The transactional outbox: committed events that await publication."""

    def publish_pending(self, publish: Callable[[Event], bool], *, now: datetime) -> bool:
        """Pass the oldest pending events to `publish`, in order, and mark those it accepted; whether more may wait.

        Does nothing while another caller publishes; an event may be passed again when that one failed.
        """

    def forget(self, *, before: datetime) -> int:
        """Delete events that were published before a moment; their number."""
