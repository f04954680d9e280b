"""Circuit breaker of the source, shared by all workers: what follows from the outcomes of requests.

Server errors and timeouts open the circuit for a while; then one probe request decides whether it closes. A refusal
(403, a challenge, or a second 429 after the wait of the first) blocks the source until a person resumes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.sofascore import Outcome

Health = Literal["ok", "degraded", "blocked"]

DEGRADED_AFTER = 3
"""Failures in a row."""

OPEN_AFTER = 20
"""Failures in a row."""

OPEN_SHARE, OPEN_SHARE_OF = 0.9, 50
"""The circuit also opens at this share of failures within a window of at least so many requests."""

WINDOW = timedelta(minutes=5)

LONGEST_PAUSE_S = 60.0
"""Longest time that a worker waits while it holds a lease; a source that asks for more opens the circuit until then."""

_FAILURES = (Outcome.SERVER_ERROR, Outcome.UNAVAILABLE, Outcome.RATE_LIMITED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """State of the circuit breaker of one source."""

    n_failures: int = 0
    """In a row."""
    failing_since: datetime | None = None
    """Start of the failure window; None while there are no failures."""
    n_window: int = 0
    n_window_failed: int = 0
    n_opened: int = 0
    """Times in a row that the circuit opened, each time for longer than before."""
    opened_until: datetime | None = None
    """Open until then; after that one probe is let through. None while closed."""
    limited: bool = False
    """Opened by a 429: the next 429 counts as a refusal."""
    blocked_at: datetime | None = None
    blocked_reason: str = ""

    @property
    def health(self) -> Health:
        """Health of the source: ok, degraded (failing, or the circuit is open), blocked (until a person decides)."""
        if self.blocked_at is not None:
            return "blocked"
        return "degraded" if self.opened_until is not None or self.n_failures >= DEGRADED_AFTER else "ok"

    @property
    def counts_successes(self) -> bool:
        """Whether successes must be recorded as well: they end a row of failures and belong to its window."""
        return self.failing_since is not None or self.opened_until is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A rate-limit slot: permission to send requests after a wait."""

    wait_s: float
    epoch: int
    """Changes when the circuit changes; a slot of an earlier epoch is no longer valid."""
    is_probe: bool
    """Only one request may be sent: it decides whether the circuit closes."""
    counts_successes: bool
    """Successes must be recorded as well."""


def record_outcomes(
    circuit: Circuit, outcomes: Sequence[Outcome], now: datetime, *, retry_after_s: float = 0.0, is_probe: bool = True
) -> Circuit:
    """Return the circuit after requests have ended.

    Parameters
    ----------
    circuit : the state before.
    outcomes : of the requests, in their order.
    now : aware.
    retry_after_s : the longest wait that the responses asked for, in seconds.
    is_probe : whether the requests were sent to probe an open circuit; requests that were under way when it opened
        say nothing about it.
    """
    if circuit.blocked_at is not None or not outcomes or (circuit.opened_until is not None and not is_probe):
        return circuit
    if Outcome.RATE_LIMITED in outcomes:
        return _limit(circuit, now, retry_after_s)
    counted = _count(circuit, outcomes, now)
    if circuit.opened_until is not None:
        # The probe decides.
        return _open(counted, now, retry_after_s) if counted.n_failures else Circuit()
    return _open(counted, now, retry_after_s) if _is_outage(counted) or retry_after_s > LONGEST_PAUSE_S else counted


def block(circuit: Circuit, reason: str, now: datetime) -> Circuit:
    """Return the circuit after the source has refused us; the first reason stays."""
    if circuit.blocked_at is not None:
        return circuit
    return replace(circuit, blocked_at=now, blocked_reason=reason[:500])


def pause_s(
    circuit: Circuit, outcomes: Sequence[Outcome], *, retry_after_s: float = 0.0, is_open: bool = False
) -> float:
    """Return for how many seconds no worker may send a request, after requests that were sent together.

    Parameters
    ----------
    circuit : the state before the requests.
    outcomes : of the requests.
    retry_after_s : the longest wait that the responses asked for, in seconds.
    is_open : whether the circuit is open after them; then only a pause that the responses asked for is needed.
    """
    if retry_after_s > LONGEST_PAUSE_S:
        return 0.0
    asks_for_pause = any(outcome in (Outcome.RATE_LIMITED, Outcome.UNAVAILABLE) for outcome in outcomes)
    if asks_for_pause or all(outcome in _FAILURES for outcome in outcomes):
        return retry_after_s or (0.0 if is_open else back_off_s(circuit.n_failures + 1))
    return 0.0


def back_off_s(n_failures: int) -> float:
    """Return the wait after the n-th failure in a row, in seconds: 5, 10, 20, 40, 60, 60 ..."""
    return float(min(60, 5 * 2 ** max(0, min(n_failures, 10) - 1)))


def _count(circuit: Circuit, outcomes: Sequence[Outcome], now: datetime) -> Circuit:
    n_failures, n_failed = circuit.n_failures, 0
    for outcome in outcomes:
        n_failed += outcome in _FAILURES
        n_failures = n_failures + 1 if outcome in _FAILURES else 0
    since = circuit.failing_since
    if since is None or now > since + WINDOW:
        start, n_window = (now, len(outcomes)) if n_failed else (None, 0)
        return replace(circuit, n_failures=n_failures, failing_since=start, n_window=n_window, n_window_failed=n_failed)
    return replace(
        circuit,
        n_failures=n_failures,
        n_window=circuit.n_window + len(outcomes),
        n_window_failed=circuit.n_window_failed + n_failed,
    )


def _is_outage(circuit: Circuit) -> bool:
    most_fail = circuit.n_window >= OPEN_SHARE_OF and circuit.n_window_failed >= OPEN_SHARE * circuit.n_window
    return circuit.n_failures >= OPEN_AFTER or (most_fail and circuit.n_failures > 0)


def _open(circuit: Circuit, now: datetime, retry_after_s: float) -> Circuit:
    n_opened = min(circuit.n_opened + 1, 100)
    until = now + timedelta(seconds=max(back_off_s(n_opened), retry_after_s))
    return replace(circuit, n_opened=n_opened, opened_until=until)


def _limit(circuit: Circuit, now: datetime, retry_after_s: float) -> Circuit:
    """Open the circuit for the wait of a 429; a second 429 after that wait is a refusal."""
    if circuit.limited:
        return block(circuit, "429 again after the wait it asked for", now)
    until = now + timedelta(seconds=retry_after_s or back_off_s(1))
    return replace(
        circuit,
        n_failures=circuit.n_failures + 1,
        failing_since=circuit.failing_since or now,
        opened_until=until,
        limited=True,
    )
