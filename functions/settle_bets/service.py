"""Settle bets when results are known: woken by an event, and by a sweep that finds what no event has told of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.errors import Conflict, TouchlineError
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


class Results(Protocol):
    """Results of events, as they are recorded."""

    def record(self, event_id: int, *, won: bool, now: datetime) -> None:
        """Record that an event made by hand was won or lost; `NotFound`, or `Conflict` where it has a result."""


class State(Protocol):
    """A message of the queues."""

    @property
    def event_id(self) -> int:
        """The event."""

    @property
    def won(self) -> bool:
        """Whether it was won, not lost."""


class Queues(Protocol):
    """Queues of those who use AMQP."""

    def publish(self, event_id: int, *, won: bool) -> None:
        """Publish how an event ended; `Unavailable` when the server did not confirm it."""

    def take_results(self, record: Callable[[State], None]) -> int:
        """Hand waiting results to `record`; how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Ports of the use cases."""

    settlements: Settlements
    results: Results
    queues: Queues | None
    """None without a server."""
    clock: Clock
    settled: Callable[[], None]
    """Called when bets were settled: seals what was posted, and publishes events."""
    probes: Probes = field(default_factory=dict)


def settle(event: Event, deps: Deps) -> None:
    """Settle the bets of an event by its newest result, which is this one's or a later one; again changes nothing.

    Users of AMQP are told after that, and once more with every delivery.
    """
    settled = EventSettled.from_event(event)
    _settle(settled.event_id, deps)
    if deps.queues is not None and settled.outcome is not None:
        deps.queues.publish(settled.event_id, won=settled.outcome == "win")


def sweep(deps: Deps) -> None:
    """Take results that wait in the queue, then settle every event whose result has not reached all of its bets.

    One that fails is logged and holds up no other; the next sweep comes back to it.
    """
    failures: list[TouchlineError] = []
    try:
        take_results(deps)
    except TouchlineError as exc:
        failures.append(exc)
    for event_id in deps.settlements.unsettled_events():
        try:
            _settle(event_id, deps)
        except TouchlineError as exc:
            _log.error("event %s is not settled: %s", event_id, exc, extra={"action": "settle", "event": event_id})
            failures.append(exc)
    if failures:
        raise failures[0]


def take_results(deps: Deps) -> None:
    """Record the results that wait in the queue, where there is one; a second delivery changes nothing."""
    if deps.queues is not None:
        deps.queues.take_results(lambda state: _record(state, deps))


def _record(state: State, deps: Deps) -> None:
    try:
        deps.results.record(state.event_id, won=state.won, now=deps.clock.now())
    except Conflict as exc:
        # A result that stands is changed by operators and not by a message, which may be an old one.
        _log.warning("%s", exc, extra={"action": "queue_result", "event": state.event_id})


def _settle(event_id: int, deps: Deps) -> None:
    n_changed = deps.settlements.settle_event(event_id, now=deps.clock.now())
    if n_changed:
        _log.info("settled", extra={"action": "settle", "event": event_id, "n_bets": n_changed})
        deps.settled()
