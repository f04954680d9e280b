"""An outbox and an audit trail in memory."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import datetime

from shared.domain.accounts.audit import AuditEntry, AuditRecord
from shared.events.envelope import Event, with_trace


class MemoryOutbox:
    """A list of events with the time of their delivery."""

    BATCH = 50

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[tuple[Event, datetime | None]] = []

    def put(self, event: Event) -> None:
        """Add a pending event."""
        self._events.append((with_trace(event), None))

    def publish_pending(self, publish: Callable[[Event], bool], *, now: datetime) -> bool:
        """Pass the oldest pending events to `publish` and mark those it accepted; whether more may be pending."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            waiting = [at for at, (_, delivered_at) in enumerate(self._events) if delivered_at is None][: self.BATCH]
            taken = [at for at in waiting if publish(self._events[at][0])]
            for at in taken:
                self._events[at] = (self._events[at][0], now)
            return bool(taken) and len(waiting) == self.BATCH
        finally:
            self._lock.release()

    def forget(self, *, before: datetime) -> int:
        """Delete events that were published before a moment; their number."""
        kept = [each for each in self._events if each[1] is None or each[1] >= before]
        n_dropped = len(self._events) - len(kept)
        self._events = kept
        return n_dropped

    def events(self) -> list[Event]:
        """Return all stored events."""
        return [event for event, _ in self._events]


class MemoryAuditTrail:
    """A list of entries."""

    def __init__(self) -> None:
        self.recorded: list[AuditRecord] = []

    def record(self, entry: AuditEntry, *, now: datetime) -> None:
        """Add an entry."""
        self.recorded.append(AuditRecord(id=str(uuid.UUID(int=len(self.recorded) + 1)), at=now, entry=entry))

    def list_entries(self, user_id: str, *, before: str, limit: int) -> list[AuditRecord]:
        """Return what a user did and what was done to them, the latest first."""
        found = [
            each
            for each in reversed(self.recorded)
            if user_id in (each.entry.user_id, each.entry.by.id) and (not before or each.id < before)
        ]
        return found[:limit]
