"""Ports of the source guard (rate limit and circuit breaker): the side of workers and the side of operators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from functions.scrape_league.source.circuit import Circuit, Slot
from shared.domain.accounts.audit import Actor

if TYPE_CHECKING:
    from shared.domain.sofascore import Outcome


class SourceGuard(Protocol):
    """Whether and when the source may be asked, for all workers together."""

    def acquire_slot(self, span_s: float) -> Slot:
        """Take the source's next `span_s` seconds. Raises `Blocked`, or `SourceSilent` while its circuit is open."""

    def is_valid(self, slot: Slot) -> bool:
        """Whether a turn that was waited for still counts."""

    def observe(self, slot: Slot, outcomes: Sequence[Outcome], *, asked_s: float = 0.0) -> Circuit:
        """Count how the requests of a turn were answered; the circuit afterwards."""

    def block(self, slot: Slot, reason: str) -> Circuit:
        """The source refused us: running jobs stop until a person decides, unless one has done so since the turn."""


class Source(Protocol):
    """The circuit of the source."""

    def read(self) -> Circuit:
        """As it is."""

    def resume(self, by: Actor, reason: str, *, now: datetime) -> list[str]:
        """Close it; the audit trail keeps who did it and why. The ids of the jobs that go on."""
