"""How a unit ends: done elsewhere; here held back, absent, to be tried again, or given up."""

from __future__ import annotations

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.fetch import told
from functions.scrape_league.jobs.policy import MAX_ATTEMPTS
from functions.scrape_league.jobs.units import Unit, UnitResult
from functions.scrape_league.source import circuit
from shared.domain.sofascore import Outcome
from shared.ports.collection import PageResponse

CONFIRM_AFTER_S = 5.0
"""Wait before "there is none" is asked a second time."""

ABSENT_ONCE = "absent once"


def again(unit: Unit, reason: str) -> UnitResult:
    """To be tried again later, or given up."""
    attempts = unit.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        return UnitResult(id=unit.id, state="failed", reason=reason, attempts=attempts)
    return UnitResult(
        id=unit.id, state="pending", reason=reason, attempts=attempts, wait_s=circuit.back_off_s(attempts)
    )


def quarantined(unit: Unit, reason: str) -> UnitResult:
    return UnitResult(id=unit.id, state="quarantined", reason=reason, attempts=unit.attempts)


def unanswered(unit: Unit, response: PageResponse, what: str) -> UnitResult:
    """A list that was not given: absent when said twice, else to be tried again."""
    if parsing.judge(response).outcome is Outcome.ABSENT:
        if unit.reason.endswith(ABSENT_ONCE):
            return UnitResult(id=unit.id, state="absent", reason=f"{what}: {told(response)}", attempts=unit.attempts)
        return UnitResult(
            id=unit.id,
            state="pending",
            reason=f"{what}: {ABSENT_ONCE}",
            attempts=unit.attempts,
            wait_s=CONFIRM_AFTER_S,
        )
    return again(unit, f"{what}: {told(response)}")
