"""Rating lines: one per team over the weeks of a season, with the name at its end, moved where names overlap."""

from __future__ import annotations

from calendar import month_abbr
from collections.abc import Sequence
from datetime import date

from matplotlib.figure import Figure

from functions.plot.drawing.canvas import axes, figure, shorten
from functions.plot.drawing.theme import Theme
from functions.plot.figures.picture import Picture

WIDTH, ROW_HEIGHT = 880, 25
_MIN_ROWS = 14
_LEFT, _RIGHT, _BOTTOM, _TOP = 54, 196, 48, 52
_MAX_MONTHS = 12
_LEADER = {"arrowstyle": "-", "linewidth": 0.6, "shrinkA": 1, "shrinkB": 1, "relpos": (0.0, 0.5)}
_LABEL_PX = 17
"""Distance between two names, one above the other."""


def draw(picture: Picture, theme: Theme) -> Figure:
    """Draw the picture of `functions.plot.figures.rating_lines.lines`."""
    lines = _lines(picture)
    height = _TOP + _BOTTOM + ROW_HEIGHT * max(len(lines), _MIN_ROWS)
    fig = figure(picture, theme, width=WIDTH, height=height)
    plane = axes(fig, theme, left=_LEFT, right=_RIGHT, bottom=_BOTTOM, top=_TOP)
    values = [value for line in lines.values() for _, value in line]
    room = 0.03 * (max(values) - min(values)) or 1.0
    low, high = min(values) - room, max(values) + room
    days = [day.toordinal() for day, _ in next(iter(lines.values()))]
    plane.set(ylim=(low, high), xlim=(days[0] - 0.5, days[-1] + 0.5))
    per_px = (high - low) / (height - _TOP - _BOTTOM)
    label_positions = spread_labels([line[-1][1] for line in lines.values()], _LABEL_PX * per_px, low, high)
    for order, ((team, line), label_at) in enumerate(zip(lines.items(), label_positions, strict=True)):
        colour = theme.many[order % len(theme.many)]
        plane.plot(
            days, [value for _, value in line], color=colour, linewidth=1.6, clip_on=False, zorder=3,
            linestyle="-" if order < len(theme.many) else (0, (5, 1.6)), gid=f"line-{order + 1}",
            marker="o" if len(line) == 1 else "",
        )  # fmt: skip
        plane.annotate(
            f"{_format_rating(line[-1][1])}  {shorten(team, 22)}", (days[-1], line[-1][1]), xytext=(1.025, label_at),
            textcoords=("axes fraction", "data"), va="center", color=colour, fontsize=8.8, annotation_clip=False,
            arrowprops=_LEADER | {"color": colour},
        )  # fmt: skip
    months = _months(days[0], days[-1])
    plane.set_xticks([first.toordinal() for first in months], [_month_label(first) for first in months])
    plane.grid(color=theme.line, linewidth=0.5)
    return fig


def _lines(picture: Picture) -> dict[str, list[tuple[date, float]]]:
    """Return days and ratings of each team, in the picture's order."""
    lines: dict[str, list[tuple[date, float]]] = {}
    for row in picture.rows:
        lines.setdefault(row["team"], []).append((date.fromisoformat(row["day"]), row["rating"]))
    return lines


def _months(first: int, last: int) -> list[date]:
    """Return the first days of months between two days; if there are many, every second, third ..."""
    months = [day for day in map(date.fromordinal, range(first, last + 1)) if day.day == 1]
    return months[:: len(months) // _MAX_MONTHS + 1]


def _month_label(month: date) -> str:
    return f"{month_abbr[month.month]}\n{month.year}" if month.month == 1 else month_abbr[month.month]


def spread_labels(preferred: Sequence[float], room: float, low: float, high: float) -> list[float]:
    """Place labels as near as possible to their preferred positions (falling), `room` apart and within the axes.

    Labels that would overlap share the mean of their preferred positions (pool adjacent violators).
    """
    pools: list[tuple[float, int]] = []
    for order, value in enumerate(preferred):
        mean, size = value + order * room, 1
        while pools and pools[-1][0] < mean:
            other, more = pools.pop()
            mean, size = (mean * size + other * more) / (size + more), size + more
        pools.append((mean, size))
    placed = [mean for mean, size in pools for _ in range(size)]
    last = len(placed) - 1
    return [
        min(max(mean - order * room, low + (last - order) * room), high - order * room)
        for order, mean in enumerate(placed)
    ]


def _format_rating(rating: float) -> str:
    """Format Elo as a whole number, and goals with two digits and a typographic minus."""
    return f"{rating:.0f}" if abs(rating) >= 100 else f"{rating:+.2f}".replace("-", "−")
