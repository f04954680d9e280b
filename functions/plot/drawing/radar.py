"""The player radar: percentiles from 0 at the inner ring to 100 at the rim."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mplsoccer import Radar

from functions.plot.drawing.canvas import axes, figure
from functions.plot.drawing.theme import Theme
from functions.plot.figures.picture import Picture

WIDTH, HEIGHT = 640, 660
_MIN_SPOKES = 3
_RINGS, _MIDDLE = 4, 1
"""A ring for each quarter from 0 to 100, and one in the middle that stays free for 0."""


def draw(picture: Picture, theme: Theme) -> Figure:
    """Draw the picture of `functions.plot.figures.radar.radar`."""
    fig = figure(picture, theme, width=WIDTH, height=HEIGHT)
    rows, frame = picture.rows, picture.frame
    note = f"percentiles per 90 minutes among {frame['n_peers']} of his position, {frame['minutes']} minutes played"
    fig.text(18 / WIDTH, 1 - 44 / HEIGHT, note, color=theme.quiet, fontsize=8.8, va="top")
    wheel = axes(fig, theme, left=56, right=56, bottom=20, top=84)
    if len(rows) < _MIN_SPOKES:
        return fig
    radar = Radar([""] * len(rows), min_range=[0.0] * len(rows), max_range=[100.0] * len(rows), num_rings=_RINGS)
    radar.setup_axis(ax=wheel, facecolor=theme.ground)
    radar.draw_circles(ax=wheel, facecolor=theme.ground, edgecolor=theme.line, linewidth=0.9)
    radar.draw_radar_solid(
        [row["percentile"] for row in rows],
        ax=wheel,
        kwargs={"facecolor": theme.home, "alpha": 0.45, "edgecolor": theme.home, "gid": "percentiles"},
    )
    radar.spoke(ax=wheel, color=theme.line, linewidth=0.7, zorder=1.5)
    for place, row in enumerate(rows):
        _label(wheel, theme, 2 * pi * place / len(rows), row)
    return fig


def _label(wheel: Axes, theme: Theme, angle: float, row: dict[str, Any]) -> None:
    """Write a label outside the rim; `angle` is clockwise from the top."""
    across, up = sin(angle), cos(angle)
    side = "center" if abs(across) < 0.2 else "left" if across > 0 else "right"
    rim = _RINGS + _MIDDLE + 0.25
    label = f"{row['label']} {row['percentile']:.0f}\n{row['per_90']:.2f} per 90"
    vertical = "center_baseline" if abs(up) < 0.9 else "bottom" if up > 0 else "top"
    wheel.text(
        rim * across, rim * up, label, ha=side, va=vertical, color=theme.ink, fontsize=8.8, linespacing=1.25,
    )  # fmt: skip
