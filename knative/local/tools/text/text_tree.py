"""Lines below lines, each with its moment: what a life is told in, and how it looks as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from knative.local.tools.text.terminal import Painter
from knative.local.tools.text.time_format import span
from shared.web.printable import printable


class Tone(Enum):
    """Result of a step; the value is its sign."""

    GOOD = "✓"
    BAD = "✗"
    OPEN = "…"
    NONE = "·"
    PLAIN = ""


COLOURS = {Tone.GOOD: "green", Tone.BAD: "red", Tone.OPEN: "yellow", Tone.NONE: "dim", Tone.PLAIN: ""}


@dataclass(slots=True, kw_only=True)
class Line:
    """One line of a tree."""

    at: float
    """Unix seconds."""
    words: str
    detail: str = ""
    tone: Tone = Tone.PLAIN
    below: list[Line] = field(default_factory=list)


def format_tree(lines: Sequence[Line], *, since: float, paint: Painter) -> list[str]:
    """The lines as text, each with the time gone by `since` a moment (Unix seconds) on its left."""
    drawn = list(_draw(lines, ""))
    moments = [f"+{span(max(line.at - since, 0))}" for line, _ in drawn]
    width = max((len(moment) for moment in moments), default=0)
    return [
        f"{paint(moment.rjust(width), 'dim')}  {paint(stem, 'dim')}{_words(line, paint)}"
        for moment, (line, stem) in zip(moments, drawn, strict=True)
    ]


def _draw(lines: Sequence[Line], indent: str) -> Iterator[tuple[Line, str]]:
    """Every line with its branches."""
    for line in lines:
        last = line is lines[-1]
        yield line, f"{indent}{'└─' if last else '├─'} "
        yield from _draw(line.below, f"{indent}{'   ' if last else '│  '}")


def _words(line: Line, paint: Painter) -> str:
    sign = f"{line.tone.value} " if line.tone.value else ""
    detail = f"  {paint(printable(line.detail), 'dim')}" if line.detail else ""
    return paint(f"{sign}{printable(line.words)}", COLOURS[line.tone]) + detail
