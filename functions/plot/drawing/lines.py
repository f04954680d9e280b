"""Lines of many teams, each named at its end: places by round, or ratings by day."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from functions.plot.drawing.canvas import axes, figure, fitting
from functions.plot.drawing.theme import Theme
from functions.plot.picture import Picture

WIDTH, ROW_HEIGHT = 880, 25
_FEWEST_ROWS = 10


def draw(picture: Picture, theme: Theme) -> Figure:
    """A line per team over the frame's `along`, ordered by where they end."""
    frame = picture.frame
    lines = _lines(picture)
    height = 104 + ROW_HEIGHT * max(len(lines), _FEWEST_ROWS)
    drawn = figure(picture, theme, width=WIDTH, height=height)
    plane = axes(drawn, theme, left=48, right=190, bottom=48, top=52)
    places = frame["best"] == "lowest"
    ends = _ends([line[-1][1] for line in lines.values()], places, height - 100)
    for order, (team, line) in enumerate(lines.items()):
        colour = theme.many[order % len(theme.many)]
        style = "-" if order < len(theme.many) else (0, (5, 1.6))
        xs, ys = zip(*line, strict=True)
        plane.plot(xs, ys, color=colour, linewidth=1.9, linestyle=style, gid=f"line-{order + 1}", clip_on=False,
                   marker="o" if len(line) == 1 else "", zorder=3)  # fmt: skip
        told = f"{ys[-1]}  {fitting(team, 24)}" if places else f"{fitting(team, 22)}  {ys[-1]:.0f}"
        _name(plane, told, colour, (xs[-1], ys[-1]), ends[order])
    _scale(plane, theme, lines, places)
    plane.set_xlabel(frame["along"], color=theme.quiet)
    return drawn


def _lines(picture: Picture) -> dict[str, list[tuple[float, float]]]:
    along, value = picture.frame["along"], picture.frame["value"]
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in picture.rows:
        lines.setdefault(row["team"], []).append((row[along], row[value]))
    sign = 1 if picture.frame["best"] == "lowest" else -1
    return dict(sorted(lines.items(), key=lambda line: sign * line[1][-1][1]))


def _ends(values: list[float], places: bool, height_px: float) -> list[float]:
    """Heights of the names: their lines' ends, pushed down where two would touch."""
    if places or not values:
        return values
    step = (max(values) - min(values) or 1.0) * 1.1 * 13 / height_px
    heights: list[float] = []
    for value in values:
        heights.append(min(value, heights[-1] - step) if heights else value)
    surplus = (values[-1] - heights[-1]) / 2
    return [height + surplus for height in heights]


def _name(plane: Axes, told: str, colour: str, end: tuple[float, float], height: float) -> None:
    plane.annotate(
        told, (end[0], height), xytext=(10, 0), textcoords="offset points", va="center", color=colour, fontsize=8.8,
        annotation_clip=False,
    )  # fmt: skip


def _scale(plane: Axes, theme: Theme, lines: dict[str, list[tuple[float, float]]], places: bool) -> None:
    xs = [x for line in lines.values() for x, _ in line]
    if not xs:
        plane.set(xticks=[], yticks=[])
        return
    plane.set_xlim(min(xs) - 0.02 * (max(xs) - min(xs)) - 0.01, max(xs) + 0.01)
    plane.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    plane.grid(axis="x" if places else "y", color=theme.line, linewidth=0.5)
    if places:
        plane.set(ylim=(len(lines) + 0.5, 0.5))
        plane.set_yticks(range(1, len(lines) + 1))
