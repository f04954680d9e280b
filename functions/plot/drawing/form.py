"""The form strip: a row per team, a coloured square per result, the newest on the right."""

from __future__ import annotations

from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from functions.plot.drawing.canvas import PX_PER_INCH, axes, figure, shorten
from functions.plot.drawing.theme import Theme
from functions.plot.figures.picture import Picture, Rows

ROW_HEIGHT, CELL_WIDTH = 28, 46
_NAMES_WIDTH, _POINTS_WIDTH = 220, 76


def draw(picture: Picture, theme: Theme) -> Figure:
    """Draw the picture of `functions.plot.figures.seasons.form`."""
    teams = [(name, list(rows)) for name, rows in groupby(picture.rows, key=lambda row: row["team"])]
    n = picture.frame["n"]
    width = max(_NAMES_WIDTH + CELL_WIDTH * n + _POINTS_WIDTH, 560)
    height = 92 + ROW_HEIGHT * max(len(teams), 1)
    fig = figure(picture, theme, width=width, height=height)
    strip = axes(fig, theme, left=0, right=0, bottom=34, top=58)
    strip.set(xlim=(0, width), ylim=(max(len(teams), 1), 0), xticks=[], yticks=[])
    right = _NAMES_WIDTH + CELL_WIDTH * n
    strip.text(right + 14, -0.25, "points", color=theme.quiet, fontsize=8.5, va="center")
    strip.text(right - 4, -0.25, "newest", color=theme.quiet, fontsize=8.5, va="center", ha="right")
    for row, (name, results) in enumerate(teams):
        strip.text(18, row + 0.5, shorten(name, 28), color=theme.ink, va="center")
        _cells(strip, theme, row, right, results)
    _note(fig, theme)
    return fig


def _cells(strip: Axes, theme: Theme, row: int, right: float, results: Rows) -> None:
    colours = {"W": theme.good, "D": theme.fair, "L": theme.bad}
    points = 0
    for back, result in enumerate(reversed(results)):
        letter = result["result"]
        points += {"W": 3, "D": 1, "L": 0}[letter]
        left = right - CELL_WIDTH * (back + 1)
        strip.add_patch(
            Rectangle((left + 2, row + 0.1), CELL_WIDTH - 4, 0.8, facecolor=colours[letter], gid=f"result-{letter}")
        )
        label = f"{letter} {result['goals_for']}–{result['goals_against']}"
        strip.text(left + CELL_WIDTH / 2, row + 0.51, label, ha="center", va="center", color=theme.on_colour,
                   fontsize=8.2, weight="bold")  # fmt: skip
    strip.text(right + 14, row + 0.5, str(points), color=theme.ink, va="center", weight="bold")


def _note(fig: Figure, theme: Theme) -> None:
    height = fig.get_size_inches()[1] * PX_PER_INCH
    fig.text(0.02, 12 / height, "W won, D fig, L lost; goals scored – conceded", color=theme.quiet, fontsize=8.2)
