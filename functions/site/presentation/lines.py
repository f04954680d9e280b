"""Lines by round, as points of inline SVG in a picture of 300 by 120."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 300, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Two lines on one scale, and where the scale is marked."""

    first: str
    second: str
    most: float
    marks: Sequence[tuple[float, int]]
    """Height and number of each mark of the vertical scale."""
    n: int


def two_lines(first: Sequence[float], second: Sequence[float]) -> Lines:
    """Return two lines that begin at zero, one step for each value."""
    most = max([1.0, *first, *second])
    step = next((each for each in (1, 2, 5, 10, 20, 25, 50) if most / each <= 5), 100)
    marks = [(_y(value, most), value) for value in range(step, int(most) + 1, step)]
    return Lines(first=_path(first, most), second=_path(second, most), most=most, marks=marks, n=len(first))


def _path(values: Sequence[float], most: float) -> str:
    n = max(len(values), 1)
    points = [
        (0.0, float(HEIGHT)),
        *((round(WIDTH * (k + 1) / n, 1), _y(value, most)) for k, value in enumerate(values)),
    ]
    return " ".join(f"{x},{y}" for x, y in points)


def _y(value: float, most: float) -> float:
    return round(HEIGHT - HEIGHT * value / most, 1)
