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
    """Facts that are true and not yet told; stores put them in with what made them true."""

    def publish_pending(self, post: Callable[[Event], bool], *, now: datetime) -> bool:
        """Give the oldest waiting events to `post`, in their order, and remember those it took; whether more may wait.

        Does nothing while another does it; an event may be given again when that ended badly.
        """

    def forget(self, *, before: datetime) -> int:
        """Drop what was delivered before; how many."""
