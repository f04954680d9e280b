"""The shot map: half a pitch per side, both shooting upwards; size by expected goals, shape by outcome."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mplsoccer import VerticalPitch

from functions.plot.drawing.canvas import axes, figure, shorten
from functions.plot.drawing.theme import Theme
from functions.plot.figures.picture import Picture, Rows

WIDTH, HEIGHT = 880, 478
_SHAPES = {"goal": "*", "save": "o", "block": "s", "miss": "X", "post": "D"}
_WORDS = {"goal": "goal", "save": "saved", "block": "blocked", "miss": "off target", "post": "frame"}
_MIN_AREA, _PER_XG = 26.0, 620.0
"""Area in square points of a shot with 0 xG, and the additional area of 1 xG."""


def draw(picture: Picture, theme: Theme) -> Figure:
    """Draw the picture of `functions.plot.figures.shots.shot_map`."""
    fig = figure(picture, theme, width=WIDTH, height=HEIGHT)
    for place, side in enumerate(("home", "away")):
        left = 16 + place * (WIDTH // 2)
        half = axes(fig, theme, left=left, right=WIDTH - left - WIDTH // 2 + 32, bottom=54, top=66)
        own = [row for row in picture.rows if row["is_home"] == (side == "home")]
        half_pitch(half, theme, side, picture.frame[side], own)
    _legend(fig, theme)
    return fig


def half_pitch(half: Axes, theme: Theme, side: str, name: str, shots: Rows) -> None:
    """Draw the shots of one side in the source's coordinates, goals on top."""
    colour = getattr(theme, side)
    pitch = VerticalPitch(
        pitch_type="opta", half=True, pitch_color=theme.ground, line_color=theme.line, linewidth=1.2, goal_type="box",
        pad_left=1, pad_right=1, pad_bottom=1,
    )  # fmt: skip
    pitch.draw(ax=half)
    for shot in sorted(shots, key=lambda shot: (shot["outcome"] == "goal", -shot["xg"])):
        scored = shot["outcome"] == "goal"
        # The source looks from the other end: rotated by half a turn, its coordinates are Opta's.
        pitch.scatter(
            100 - shot["x"], 100 - shot["y"], ax=half, s=area(shot), marker=_SHAPES.get(shot["outcome"], "o"),
            facecolor=colour, edgecolor=theme.ink if scored else colour,
            alpha=1.0 if scored else 0.55, linewidth=1.0, zorder=4 if scored else 3, gid=f"shot-{side}",
        )  # fmt: skip
    total = sum(shot["xg"] for shot in shots)
    label = f"{shorten(name, 30)}   {len(shots)} shots, {total:.2f} xG"
    half.text(0.5, 1.015, label, transform=half.transAxes, ha="center", va="bottom", color=colour, weight="bold")


def area(shot: dict[str, Any]) -> float:
    """Return the area in square points; a star for a goal needs more to look as large."""
    xg: float = shot["xg"]
    return (_MIN_AREA + _PER_XG * xg) * (1.7 if shot["outcome"] == "goal" else 1.0)


def _legend(fig: Figure, theme: Theme) -> None:
    below = axes(fig, theme, left=16, right=16, bottom=8, top=HEIGHT - 48)
    below.set(xlim=(0, 100), ylim=(0, 1), xticks=[], yticks=[])
    for place, (outcome, shape) in enumerate(_SHAPES.items()):
        at = 3 + place * 11.5
        below.scatter(at, 0.5, s=70, marker=shape, color=theme.quiet, zorder=3)
        below.text(at + 1.6, 0.5, _WORDS[outcome], va="center", color=theme.quiet, fontsize=8.5)
    for place, xg in enumerate((0.05, 0.25, 0.75)):
        at = 66 + place * 12
        below.scatter(at, 0.5, s=_MIN_AREA + _PER_XG * xg, color=theme.quiet, alpha=0.55, linewidth=0)
        below.text(at + 2.4, 0.5, f"{xg:.2f} xG", va="center", color=theme.quiet, fontsize=8.5)
