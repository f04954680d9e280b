"""Settle bets when results are known: woken by an event, and by a sweep that finds what no event has told of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.errors import TouchlineError
from shared.events.betting import EventSettled
from shared.events.envelope import Event
from shared.ports.clock import Clock
from shared.ports.probes import Probes

_log = logging.getLogger(__name__)


class Settlements(Protocol):
    """Results of events, applied to bets."""

    def unsettled_events(self) -> Sequence[int]:
        """Return events with a result that has not reached all of their bets."""

    def settle_event(self, event_id: int, *, now: datetime) -> int:
        """Bring every bet of an event to its newest result; how many bets changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Ports of the use cases."""

    settlements: Settlements
    clock: Clock
    settled: Callable[[], None]
    """Called when bets were settled: seals what was posted, and publishes events."""
    probes: Probes = field(default_factory=dict)


def settle(event: Event, deps: Deps) -> None:
    """Settle the bets of an event by its newest result, which is this one's or a later one; again changes nothing."""
    _settle(EventSettled.from_event(event).event_id, deps)


def sweep(deps: Deps) -> None:
    """Settle every event whose result has not reached all of its bets.

    One that fails is logged and holds up no other; the next sweep comes back to it.
    """
    failures: list[TouchlineError] = []
    for event_id in deps.settlements.unsettled_events():
        try:
            _settle(event_id, deps)
        except TouchlineError as exc:
            _log.error("event %s is not settled: %s", event_id, exc, extra={"action": "settle", "event": event_id})
            failures.append(exc)
    if failures:
        raise failures[0]


def _settle(event_id: int, deps: Deps) -> None:
    n_changed = deps.settlements.settle_event(event_id, now=deps.clock.now())
    if n_changed:
        _log.info("settled", extra={"action": "settle", "event": event_id, "n_bets": n_changed})
        deps.settled()
