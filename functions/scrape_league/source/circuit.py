"""Whether the source may be asked: what follows from how it answered, for all workers together.

Trouble (5xx, silence) opens the circuit for a while; then one request finds out whether it may close. A refusal (403, a
challenge, or 429 after its own wait was kept) blocks the source until a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

from dataclasses import replace
from typing import Literal

from shared.domain.sofascore import Outcome

Health = Literal["ok", "degraded", "blocked"]

DEGRADED_AFTER = 3
"""Failures in a row."""

OPEN_AFTER = 20
"""Failures in a row."""

OPEN_SHARE, OPEN_SHARE_OF = 0.9, 50
"""Or this share of the requests of a window, when there were so many."""

WINDOW = timedelta(minutes=5)

LONGEST_PAUSE_S = 60.0
"""Workers wait no longer with work in their hands; a source that asks for more opens its circuit until then."""


_FAILED = (Outcome.TROUBLE, Outcome.UNAVAILABLE, Outcome.SLOW_DOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """One source as all workers know it."""

    n_failures: int = 0
    """In a row."""
    failing_since: datetime | None = None
    """Begin of the window that counts; None while all is well."""
    n_window: int = 0
    n_window_failed: int = 0
    n_opened: int = 0
    """Times in a row, each longer than the last."""
    opened_until: datetime | None = None
    """Nobody asks before, one after; None while closed."""
    limited: bool = False
    """Opened by 429: the next one is a refusal."""
    blocked_at: datetime | None = None
    blocked_reason: str = ""

    @property
    def health(self) -> Health:
        """How the source stands: ok, degraded (asked with care, or later), blocked (a person decides)."""
        if self.blocked_at is not None:
            return "blocked"
        return "degraded" if self.opened_until is not None or self.n_failures >= DEGRADED_AFTER else "ok"

    @property
    def is_watched(self) -> bool:
        """Whether good answers matter, too: they end a row of failures and count in its window."""
        return self.failing_since is not None or self.opened_until is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Leave to ask, after a wait."""

    wait_s: float
    epoch: int
    is_probe: bool
    """One request only: it decides whether the circuit closes."""
    is_watched: bool
    """Good answers are to be told, too."""


def after(
    circuit: Circuit, outcomes: Sequence[Outcome], now: datetime, *, asked_s: float = 0.0, is_probe: bool = True
) -> Circuit:
    """The circuit after requests were answered.

    Parameters
    ----------
    circuit : as it was.
    outcomes : of the requests, in their order.
    now : aware.
    asked_s : the longest wait the answers asked for, in seconds.
    is_probe : they were asked to find out whether an open circuit may close; what was under way before does not tell.
    """
    if circuit.blocked_at is not None or not outcomes or (circuit.opened_until is not None and not is_probe):
        return circuit
    if Outcome.SLOW_DOWN in outcomes:
        return _limited(circuit, now, asked_s)
    counted = _counted(circuit, outcomes, now)
    if circuit.opened_until is not None:
        # The one request that was let through decides.
        return _open(counted, now, asked_s) if counted.n_failures else Circuit()
    return _open(counted, now, asked_s) if _is_storm(counted) or asked_s > LONGEST_PAUSE_S else counted


def blocked(circuit: Circuit, reason: str, now: datetime) -> Circuit:
    """The circuit once the source has refused us; the first reason stays."""
    if circuit.blocked_at is not None:
        return circuit
    return replace(circuit, blocked_at=now, blocked_reason=reason[:500])


def pause_s(circuit: Circuit, outcomes: Sequence[Outcome], *, asked_s: float = 0.0, is_open: bool = False) -> float:
    """Seconds in which nobody asks after requests that were sent together.

    Parameters
    ----------
    circuit : as it was before them.
    outcomes : of the requests.
    asked_s : the longest wait the answers asked for, in seconds.
    is_open : the circuit is open after them: that is the rest already, unless the answers asked for one of their own.
    """
    if asked_s > LONGEST_PAUSE_S:
        return 0.0
    wants_rest = any(outcome in (Outcome.SLOW_DOWN, Outcome.UNAVAILABLE) for outcome in outcomes)
    if wants_rest or all(outcome in _FAILED for outcome in outcomes):
        return asked_s or (0.0 if is_open else back_off_s(circuit.n_failures + 1))
    return 0.0


def _counted(circuit: Circuit, outcomes: Sequence[Outcome], now: datetime) -> Circuit:
    n_failures, n_failed = circuit.n_failures, 0
    for outcome in outcomes:
        n_failed += outcome in _FAILED
        n_failures = n_failures + 1 if outcome in _FAILED else 0
    since = circuit.failing_since
    if since is None or now > since + WINDOW:
        begins, n_counted = (now, len(outcomes)) if n_failed else (None, 0)
        return replace(
            circuit, n_failures=n_failures, failing_since=begins, n_window=n_counted, n_window_failed=n_failed
        )
    return replace(
        circuit,
        n_failures=n_failures,
        n_window=circuit.n_window + len(outcomes),
        n_window_failed=circuit.n_window_failed + n_failed,
    )


def _is_storm(circuit: Circuit) -> bool:
    is_many = circuit.n_window >= OPEN_SHARE_OF and circuit.n_window_failed >= OPEN_SHARE * circuit.n_window
    return circuit.n_failures >= OPEN_AFTER or (is_many and circuit.n_failures > 0)


def _open(circuit: Circuit, now: datetime, asked_s: float) -> Circuit:
    n_opened = min(circuit.n_opened + 1, 100)
    until = now + timedelta(seconds=max(back_off_s(n_opened), asked_s))
    return replace(circuit, n_opened=n_opened, opened_until=until)


def _limited(circuit: Circuit, now: datetime, asked_s: float) -> Circuit:
    """429: its wait is kept once; said again to the next request, it is a refusal."""
    if circuit.limited:
        return blocked(circuit, "429 again after the wait it asked for", now)
    until = now + timedelta(seconds=asked_s or back_off_s(1))
    return replace(
        circuit,
        n_failures=circuit.n_failures + 1,
        failing_since=circuit.failing_since or now,
        opened_until=until,
        limited=True,
    )


def back_off_s(n_refusals: int) -> float:
    """Seconds to leave the source alone after the n-th refusal in a row: 5, 10, 20, 40, 60, 60 ..."""
    return float(min(60, 5 * 2 ** max(0, min(n_refusals, 10) - 1)))
