"""Publishes events from the outbox to the broker: right after the request that caused them, and by the clock.

At least once, and in order per user. An event waits in Postgres from the transaction it tells of until the broker has
it, so a kill at any moment loses none; one may be published twice, under the same id.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from shared.errors import TouchlineError, Unavailable
from shared.events.envelope import Event
from shared.ports.clock import Clock
from shared.ports.events import EventSink, Outbox

_log = logging.getLogger(__name__)
_MAX_FAILURES = 3
"""Failures in a row after which the broker counts as away: every further try would only wait for its time-out."""


@dataclass(slots=True)
class _RelayRun:
    """One pass over the pending events. An event that fails holds up later ones of its subject only."""

    sink: EventSink
    blocked_subjects: set[str] = field(default_factory=set)
    n_failures: int = 0

    def publish(self, event: Event) -> bool:
        """Send an event; whether the broker has it now."""
        if event.subject in self.blocked_subjects or self.n_failures >= _MAX_FAILURES:
            return False
        try:
            self.sink.send(event)
        except Unavailable:
            self.blocked_subjects.add(event.subject)
            self.n_failures += 1
            return False
        self.n_failures = 0
        return True


class OutboxRelay:
    """Shared by all threads; one relay_run at a time in a process, and in the whole system by the outbox's own lock."""

    def __init__(self, outbox: Outbox, sink: EventSink, clock: Clock) -> None:
        self._outbox = outbox
        self._sink = sink
        self._clock = clock
        self._busy = threading.Lock()

    def run(self) -> None:
        """Publish all pending events; `Unavailable` when the broker did not accept one."""
        if not self._busy.acquire(blocking=False):
            return  # the other thread goes on until nothing is pending
        try:
            relay_run = _RelayRun(self._sink)
            while self._outbox.publish_pending(relay_run.publish, now=self._clock.now()):
                pass
        finally:
            self._busy.release()
        if relay_run.blocked_subjects:
            raise Unavailable(f"the broker did not take the events of {len(relay_run.blocked_subjects)} users")

    def try_run(self) -> None:
        """Run, and log a failure instead of raising it, as the clock runs again later."""
        try:
            self.run()
        except TouchlineError as exc:
            _log.warning("events stay in the outbox: %s", exc, extra={"action": "relay"})
