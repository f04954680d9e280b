"""The meaning of a match's status code; an unknown code is unknown, never finished."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """The phase of a match."""

    FUTURE = "future"
    LIVE = "live"
    FINAL = "final"
    """Played to the end: 100 after 90 minutes, 110 after extra time, 120 after a shoot-out."""
    FINAL_WITHOUT_PLAY = "final_without_play"
    """Decided off the pitch (walkover, retired, removed): counts in tables with an awarded score, and in no model."""
    POSTPONED = "postponed"
    """Not played; a successor usually comes under a new id."""
    VOID = "void"
    """Cancelled or abandoned: no result."""
    INTERRUPTED = "interrupted"
    UNKNOWN = "unknown"


CODES = {
    Phase.FUTURE: (0,),
    Phase.LIVE: (6, 7, 20, 31, 41, 42, 50),
    Phase.FINAL: (100, 110, 120),
    Phase.FINAL_WITHOUT_PLAY: (91, 92, 93),
    Phase.POSTPONED: (60,),
    Phase.VOID: (70, 90, 94),
    Phase.INTERRUPTED: (80,),
}
"""Football reference, 1.6: codes seen in 4,300 surveyed events and in the recordings."""

_PHASES = {code: phase for phase, codes in CODES.items() for code in codes}

WALKOVER = 91
"""Awarded without play."""

REMOVED = 93
"""A result that was withdrawn: it counts nowhere."""


WITHDRAWN = 94
"""Our own code, of no source: a later edition of an archive lacks the match. It is listed nowhere."""


def phase_of(code: int) -> Phase:
    """Return the phase of a status code."""
    return _PHASES.get(code, Phase.UNKNOWN)


def is_final(code: int) -> bool:
    """Whether football was played to the end."""
    return phase_of(code) is Phase.FINAL


def is_settled(code: int) -> bool:
    """Whether the result stands: played to the end, or awarded (a removed one does not stand)."""
    return code in _SETTLED


_SETTLED = frozenset(
    code for code, kind in _PHASES.items() if kind in (Phase.FINAL, Phase.FINAL_WITHOUT_PLAY) and code != REMOVED
)
