"""Hands facts from the outbox to the broker: after the request that made them true, and by the clock.

At least once, and in order per user. A fact waits in Postgres from the transaction that made it true until the broker
holds it, so a kill at any moment loses none; it may tell one twice, under the same id.
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
_FAILURES_AT_MOST = 3
"""In a row; then the broker is gone, and every further try would only wait for its time-out."""


@dataclass(slots=True)
class _RelayRun:
    """One walk through what waits. An event that is not taken holds up later ones of its subject, nobody else's."""

    sink: EventSink
    held: set[str] = field(default_factory=set)
    n_failures: int = 0

    def post(self, event: Event) -> bool:
        """Whether the broker holds the event now."""
        if event.subject in self.held or self.n_failures >= _FAILURES_AT_MOST:
            return False
        try:
            self.sink.send(event)
        except Unavailable:
            self.held.add(event.subject)
            self.n_failures += 1
            return False
        self.n_failures = 0
        return True


class OutboxRelay:
    """Shared by all threads; one walk at a time in a process, and in the whole system by the outbox's own lock."""

    def __init__(self, outbox: Outbox, sink: EventSink, clock: Clock) -> None:
        self._outbox = outbox
        self._sink = sink
        self._clock = clock
        self._busy = threading.Lock()

    def run(self) -> None:
        """Hand over all that waits; `Unavailable` when the broker did not take something."""
        if not self._busy.acquire(blocking=False):
            return  # whoever is at it goes on until nothing waits
        try:
            walk = _RelayRun(self._sink)
            while self._outbox.publish_pending(walk.post, now=self._clock.now()):
                pass
        finally:
            self._busy.release()
        if walk.held:
            raise Unavailable(f"the broker did not take the events of {len(walk.held)} users")

    def try_run(self) -> None:
        """The same for who only wants it done early: trouble is logged, and the clock comes later."""
        try:
            self.run()
        except TouchlineError as exc:
            _log.warning("facts wait in the outbox: %s", exc, extra={"action": "relay"})
