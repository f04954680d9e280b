"""What a match's status code means; an unknown code is unknown, never finished."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """Where a match stands."""

    FUTURE = "future"
    LIVE = "live"
    FINAL = "final"
    """Played to the end: 100 after 90 minutes, 110 after extra time, 120 after a shoot-out."""
    FINAL_WITHOUT_PLAY = "final_without_play"
    """Decided, but not by football (walkover, retired, removed): in tables where a score was awarded, in no model."""
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
"""A finish that was taken back: it counts nowhere."""


WITHDRAWN = 94
"""Our own code, of no source: an archive's later edition does not have the match any more. It is listed nowhere."""


def phase(code: int) -> Phase:
    """The phase of a status code."""
    return _PHASES.get(code, Phase.UNKNOWN)


def is_final(code: int) -> bool:
    """Whether football was played to the end."""
    return phase(code) is Phase.FINAL


def is_settled(code: int) -> bool:
    """Whether the result stands: played to the end, or awarded (a removed one does not stand)."""
    return code in _SETTLED


_SETTLED = frozenset(
    code for code, kind in _PHASES.items() if kind in (Phase.FINAL, Phase.FINAL_WITHOUT_PLAY) and code != REMOVED
)
