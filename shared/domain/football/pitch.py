"""Converts a shot's coordinates to metres: the source's coordinates are linear only between the lines of the pitch.

The source measures x from the goal line shot at and y across, both 0 to 100, as Opta does seen from the other end: its
numbers name the lines, whatever a pitch's true size. So a penalty is at x = 11.5, which is 11 m, not 11.5 % of 105 m.
"""

from __future__ import annotations

from itertools import pairwise

LENGTH_M, WIDTH_M = 105.0, 68.0
GOAL_WIDTH_M = 7.32
SPOT_X, BOX_X = 11.5, 17.0
"""The penalty spot and the edge of the penalty area, as the source has them."""

_NEAR = ((0.0, 0.0), (5.8, 5.5), (SPOT_X, 11.0), (BOX_X, 16.5), (50.0, LENGTH_M / 2))
_FROM_GOAL_LINE = (*_NEAR, *((100.0 - x, LENGTH_M - metres) for x, metres in reversed(_NEAR[:-1])))
_FROM_TOUCHLINE = ((0.0, 0.0), (21.1, 13.84), (36.8, 24.84), (45.2, 30.34), (50.0, 34.0))
"""(the source's number, metres): box, six-yard box and post are 20.16, 9.16 and 3.66 m from the middle."""


def from_goal_line(x: float) -> float:
    """Metres from the goal line shot at; an x outside the pitch counts as on its edge."""
    return _between(_FROM_GOAL_LINE, x)


def from_middle(y: float) -> float:
    """Metres from the line through both spots, 0 to 34."""
    return WIDTH_M / 2 - _between(_FROM_TOUCHLINE, min(y, 100.0 - y))


def _between(landmarks: tuple[tuple[float, float], ...], value: float) -> float:
    for (value0, metres0), (value1, metres1) in pairwise(landmarks):
        if value <= value1:
            return metres0 + max(value - value0, 0.0) * (metres1 - metres0) / (value1 - value0)
    return landmarks[-1][1]
