"""Positions by round: a line per team with its name and last position at the end."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from functions.plot.drawing.canvas import axes, figure, shorten
from functions.plot.drawing.theme import Theme
from functions.plot.figures.picture import Picture

WIDTH, ROW_HEIGHT = 880, 25
_MIN_ROWS = 10


def draw(picture: Picture, theme: Theme) -> Figure:
    """Draw the picture of `functions.plot.figures.seasons.positions`."""
    lines = _lines(picture)
    fig = figure(picture, theme, width=WIDTH, height=104 + ROW_HEIGHT * max(len(lines), _MIN_ROWS))
    plane = axes(fig, theme, left=48, right=190, bottom=48, top=52)
    plane.set_xlabel("round", color=theme.quiet)
    plane.set(ylim=(max(len(lines), 1) + 0.5, 0.5), yticks=range(1, len(lines) + 1))
    if not lines:
        plane.set(xticks=[])
        return fig
    for order, (team, line) in enumerate(lines.items()):
        colour = theme.many[order % len(theme.many)]
        rounds, places = zip(*line, strict=True)
        plane.plot(
            rounds, places, color=colour, linewidth=1.9, linestyle="-" if order < len(theme.many) else (0, (5, 1.6)),
            gid=f"line-{order + 1}", clip_on=False, marker="o" if len(line) == 1 else "", zorder=3,
        )  # fmt: skip
        plane.annotate(
            f"{places[-1]}  {shorten(team, 24)}", (rounds[-1], places[-1]), xytext=(10, 0),
            textcoords="offset points", va="center", color=colour, fontsize=8.8, annotation_clip=False,
        )  # fmt: skip
    plane.set_xlim(rounds[0] - 0.02 * (rounds[-1] - rounds[0]) - 0.01, rounds[-1] + 0.01)
    plane.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    plane.grid(axis="x", color=theme.line, linewidth=0.5)
    return fig


def _lines(picture: Picture) -> dict[str, list[tuple[int, int]]]:
    """Return rounds and positions of each team, teams by their last position."""
    lines: dict[str, list[tuple[int, int]]] = {}
    for row in picture.rows:
        lines.setdefault(row["team"], []).append((row["round"], row["place"]))
    return dict(sorted(lines.items(), key=lambda line: line[1][-1][1]))
