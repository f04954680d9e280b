"""Where line-ups and shots stand on a drawn pitch, and how expected goals add up: numbers for inline SVG.

Home attacks to the right; a unit is a metre, the origin the corner at the top on the left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from shared.domain.football import pitch

Json = Mapping[str, Any]
LENGTH, WIDTH = pitch.LENGTH_M, pitch.WIDTH_M
RADIUS_PER_ROOT_OF_XG = 3.4
"""Metres: area stands for the chance."""
LEAST_RADIUS = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A shot or a player at a place."""

    x: float
    y: float
    r: float
    item: Json


def rows_of_formation(formation: str, n_outfield: int) -> list[int]:
    """Return how many stand in each line, the goalkeeper first; four lines of the usual sizes where none is known."""
    words = formation.split("-")
    sizes = [int(word) for word in words if word.isdecimal() and len(word) == 1]
    if len(sizes) == len(words) and sum(sizes) == n_outfield:
        return [1, *sizes]
    return [1, *_spread(n_outfield)]


def _spread(n: int) -> list[int]:
    first = min(4, n)
    second = min(4, n - first)
    return [each for each in (first, second, n - first - second) if each]


def place_players(starters: Sequence[Json], formation: str, *, is_home: bool) -> list[Mark]:
    """Return the places of a side's starters, from the goalkeeper to the forwards, in its own half."""
    sizes = rows_of_formation(formation, len(starters) - 1) if starters else []
    marks, n = [], 0
    for line, size in enumerate(sizes):
        depth = 5.0 + line * (LENGTH / 2 - 9.0) / max(len(sizes) - 1, 1)
        for k in range(size):
            across = WIDTH * (k + 1) / (size + 1)
            x, y = (depth, across) if is_home else (LENGTH - depth, WIDTH - across)
            marks.append(Mark(x=round(x, 1), y=round(y, 1), r=2.6, item=starters[n]))
            n += 1
    return marks


def place_shots(shots: Sequence[Json]) -> list[Mark]:
    """Return the places of shots; the source measures from the goal line shot at."""
    return [_place_shot(shot) for shot in shots]


def _place_shot(shot: Json) -> Mark:
    depth = pitch.from_goal_line(shot["x"])
    off = pitch.from_middle(shot["y"]) * (1 if shot["y"] > 50 else -1)
    x, y = (LENGTH - depth, WIDTH / 2 + off) if shot["is_home"] else (depth, WIDTH / 2 - off)
    radius = max(LEAST_RADIUS, RADIUS_PER_ROOT_OF_XG * sqrt(max(shot["xg"] or 0.0, 0.0)))
    return Mark(x=round(x, 1), y=round(y, 1), r=round(radius, 1), item=shot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """How expected goals of both sides grew: the points of two step lines in a picture of 300 by 120."""

    home: str
    away: str
    goals: Sequence[Mark]
    home_total: float
    away_total: float
    most: float
    minutes: int


def race(shots: Sequence[Json]) -> Race:
    """Return the race of expected goals of a match."""
    minutes = max([90, *(minute_of(shot) for shot in shots)])
    totals = {True: 0.0, False: 0.0}
    for shot in shots:
        totals[bool(shot["is_home"])] += shot["xg"] or 0.0
    most = max(1.0, *totals.values()) * 1.1
    paths: dict[bool, list[str]] = {True: ["0,120"], False: ["0,120"]}
    sums, goals = {True: 0.0, False: 0.0}, []
    for shot in sorted(shots, key=minute_of):
        side, x = bool(shot["is_home"]), round(300 * minute_of(shot) / minutes, 1)
        before = round(120 - 120 * sums[side] / most, 1)
        sums[side] += shot["xg"] or 0.0
        after = round(120 - 120 * sums[side] / most, 1)
        paths[side] += [f"{x},{before}", f"{x},{after}"]
        if shot["outcome"] == "goal":
            goals.append(Mark(x=x, y=after, r=4.0, item=shot))
    for side, path in paths.items():
        path.append(f"300,{round(120 - 120 * sums[side] / most, 1)}")
    return Race(
        home=" ".join(paths[True]), away=" ".join(paths[False]), goals=goals, home_total=totals[True],
        away_total=totals[False], most=most, minutes=minutes,
    )  # fmt: skip


def minute_of(item: Json) -> int:
    """Return the minute with what was added."""
    return int(item["minute"]) + int(item.get("added_minute") or 0)
