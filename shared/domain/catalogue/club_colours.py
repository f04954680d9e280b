"""Two colours of a club: of the reviewed list, else a pair that its id picks from a palette.

They mark a club beside its name and never stand for home and away, whose marks must differ in every match.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "club_colours.csv"

_PALETTE = (
    "#8c1d2f", "#c8102e", "#d9541e", "#e0a100", "#1e7f4f", "#0b6e6e", "#1667b7", "#1b2f6b", "#5b2d8e", "#2b2f36",
)  # fmt: skip
_SECOND = ("#ffffff", "#f2d024", "#9fd0f5", "#111417")
LEAST_CONTRAST = 2.0
"""Of the two colours of a club: below it they look like one."""


@dataclass(frozen=True, slots=True)
class ClubColours:
    """Colours as ``#rrggbb``."""

    first: str
    second: str


def colours_of(team_id: int, name: str) -> ClubColours:
    """Return a club's two colours.

    Parameters
    ----------
    team_id : decides where the list does not have the name.
    name : as the source writes it.
    """
    if listed := _read_list().get(name.casefold()):
        return listed
    first = _PALETTE[(team_id * 7 + team_id // 10) % len(_PALETTE)]
    fitting = [each for each in _SECOND if contrast(first, each) >= LEAST_CONTRAST]
    return ClubColours(first, fitting[(team_id // 7) % len(fitting)])


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@cache
def _read_list() -> Mapping[str, ClubColours]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {
            name.casefold(): ClubColours(row["first"], row["second"])
            for row in csv.DictReader(file)
            for name in row["names"].split("|")
        }
