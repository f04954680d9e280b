"""Ports of the source guard (rate limit and circuit breaker): one for workers, one for operators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from shared.domain.accounts.audit import Actor
from shared.domain.collection.circuit import Circuit, Slot

if TYPE_CHECKING:
    from shared.domain.sofascore import Outcome


class SourceGuard(Protocol):
    """Decides for all workers together whether and when requests may be sent to the source."""

    def acquire_slot(self, span_s: float) -> Slot:
        """Reserve the next `span_s` seconds of the source.

        Raises
        ------
        Blocked : the source has refused us.  SourceSilent : its circuit is open.
        """

    def is_valid(self, slot: Slot) -> bool:
        """Tell whether a slot may still be used after its wait."""

    def record_outcomes(self, slot: Slot, outcomes: Sequence[Outcome], *, retry_after_s: float = 0.0) -> Circuit:
        """Record how the requests of a slot ended; return the circuit afterwards."""

    def block(self, slot: Slot, reason: str) -> Circuit:
        """Block the source and all running jobs until a person decides, unless one has decided since the slot."""


class SourceCircuit(Protocol):
    """State of the source, read and resumed by operators."""

    def read(self) -> Circuit:
        """Return the state of the circuit."""

    def resume(self, by: Actor, reason: str, *, now: datetime) -> list[str]:
        """Close the circuit, record who did it and why in the audit trail, return the ids of the jobs that continue."""
