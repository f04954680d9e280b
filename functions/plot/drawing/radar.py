"""The player radar: percentiles from 0 in the middle to 100 at the rim."""

from __future__ import annotations

from matplotlib.figure import Figure
from mplsoccer import Radar

from functions.plot.drawing.canvas import axes, figure
from functions.plot.drawing.theme import Theme
from functions.plot.picture import Picture

WIDTH, HEIGHT = 640, 660
_FEWEST_SPOKES = 3


def draw(picture: Picture, theme: Theme) -> Figure:
    """The picture of `functions.plot.radar.radar`."""
    drawn = figure(picture, theme, width=WIDTH, height=HEIGHT)
    rows, frame = picture.rows, picture.frame
    note = f"percentiles per 90 minutes among {frame['n_peers']} of his position, {frame['minutes']} minutes played"
    drawn.text(18 / WIDTH, 1 - 44 / HEIGHT, note, color=theme.quiet, fontsize=8.8, va="top")
    wheel = axes(drawn, theme, left=60, right=60, bottom=24, top=92)
    if len(rows) < _FEWEST_SPOKES:
        return drawn
    labels = [f"{row['label']}\n{row['per_90']:.2f}" for row in rows]
    radar = Radar(labels, min_range=[0.0] * len(rows), max_range=[100.0] * len(rows), num_rings=4, ring_width=1)
    radar.setup_axis(ax=wheel, facecolor=theme.ground)
    radar.draw_circles(ax=wheel, facecolor=theme.ground, edgecolor=theme.line, linewidth=0.9)
    radar.spoke(ax=wheel, color=theme.line, linewidth=0.7, zorder=1.5)
    radar.draw_radar_solid(
        [row["percentile"] for row in rows],
        ax=wheel,
        kwargs={"facecolor": theme.home, "alpha": 0.45, "edgecolor": theme.home, "gid": "percentiles"},
    )
    radar.draw_param_labels(ax=wheel, color=theme.ink, fontsize=9, offset=0.9)
    return drawn
