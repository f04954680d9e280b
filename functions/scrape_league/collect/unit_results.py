"""Results of units that did not simply succeed: retry, quarantine, or a missing list."""

from __future__ import annotations

from functions.scrape_league.collect.fetch import FetchResult
from functions.scrape_league.jobs.policy import MAX_ATTEMPTS
from functions.scrape_league.jobs.units import Unit, UnitResult
from shared.domain.collection import circuit

CONFIRM_AFTER_S = 5.0
"""Wait before a list that was answered with 404 is requested a second time."""

ABSENT_ONCE = "absent once"


def retry(unit: Unit, reason: str) -> UnitResult:
    """Return the unit to the queue after a wait; after the last attempt it has failed."""
    attempts = unit.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        return UnitResult(id=unit.id, state="failed", reason=reason, attempts=attempts)
    wait_s = circuit.back_off_s(attempts)
    return UnitResult(id=unit.id, state="pending", reason=reason, attempts=attempts, wait_s=wait_s)


def quarantine(unit: Unit, reason: str) -> UnitResult:
    """End the unit: its response is in quarantine."""
    return UnitResult(id=unit.id, state="quarantined", reason=reason, attempts=unit.attempts)


def report_missing(unit: Unit, fetched: FetchResult, name: str) -> UnitResult:
    """End or retry the unit of a list without content; it is absent after a second 404."""
    if not fetched.is_absent:
        return retry(unit, f"{name}: {fetched.reason}")
    if unit.reason.endswith(ABSENT_ONCE):
        return UnitResult(id=unit.id, state="absent", reason=f"{name}: {fetched.reason}", attempts=unit.attempts)
    reason = f"{name}: {ABSENT_ONCE}"
    return UnitResult(id=unit.id, state="pending", reason=reason, attempts=unit.attempts, wait_s=CONFIRM_AFTER_S)
