"""The pace of reading files of a source: slots of its guard, whose circuit learns how each request ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.domain.collection.circuit import Circuit, Slot
from shared.domain.sofascore import Outcome
from shared.errors import SourceSilent

_REFUSALS = (401, 403, 407, 451)


class Guard(Protocol):
    """Decides for all processes together whether and when a source may be asked."""

    def acquire_slot(self, span_s: float) -> Slot:
        """Reserve the next `span_s` seconds; `Blocked` or `SourceSilent` when it may not be asked."""

    def record_outcomes(self, slot: Slot, outcomes: list[Outcome], *, retry_after_s: float = 0.0) -> Circuit:
        """Record how requests ended."""

    def block(self, slot: Slot, reason: str) -> Circuit:
        """Block the source until a person decides."""


@dataclass(slots=True)
class GuardedPace:
    """A slot for each request."""

    guard: Guard
    span_s: float
    """Seconds between two requests."""
    _slot: Slot | None = None

    def acquire(self) -> float:
        """Take the next slot; return the seconds until it.

        Raises
        ------
        Blocked : the source has refused us.  SourceSilent : its circuit is open.
        """
        self._slot = self.guard.acquire_slot(self.span_s)
        return self._slot.wait_s

    def record(self, status: int, retry_after_s: float) -> None:
        """Tell the circuit how the request of the slot ended (0 = no answer).

        Raises
        ------
        SourceSilent : the source has asked for a pause; a second time it is blocked.
        """
        assert self._slot is not None
        if status in _REFUSALS:
            self.guard.block(self._slot, f"the source answers {status}")
            return
        self.guard.record_outcomes(self._slot, [_outcome(status)], retry_after_s=retry_after_s)
        if status == 429:
            raise SourceSilent("the source has asked for a pause (429)")


def _outcome(status: int) -> Outcome:
    if status == 429:
        return Outcome.RATE_LIMITED
    if status == 503:
        return Outcome.UNAVAILABLE
    return Outcome.SERVER_ERROR if status == 0 or status >= 500 else Outcome.OK
