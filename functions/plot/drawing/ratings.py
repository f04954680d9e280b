"""Rating lines: one per team through the weeks of a season, named at its end where names have room."""

from __future__ import annotations

from calendar import month_abbr
from collections.abc import Sequence
from datetime import date

from matplotlib.figure import Figure

from functions.plot.drawing.canvas import axes, figure, fitting
from functions.plot.drawing.theme import Theme
from functions.plot.figures.picture import Picture

WIDTH, ROW_HEIGHT = 880, 25
_FEWEST_ROWS = 14
_LEFT, _RIGHT, _BOTTOM, _TOP = 54, 196, 48, 52
_MOST_MONTHS = 12
_LEADER = {"arrowstyle": "-", "linewidth": 0.6, "shrinkA": 1, "shrinkB": 1, "relpos": (0.0, 0.5)}
_LABEL_PX = 17
"""Between two names, one above the other."""


def draw(picture: Picture, theme: Theme) -> Figure:
    """The picture of `functions.plot.figures.rating_lines.lines`."""
    lines = _lines(picture)
    height = _TOP + _BOTTOM + ROW_HEIGHT * max(len(lines), _FEWEST_ROWS)
    drawn = figure(picture, theme, width=WIDTH, height=height)
    plane = axes(drawn, theme, left=_LEFT, right=_RIGHT, bottom=_BOTTOM, top=_TOP)
    values = [value for line in lines.values() for _, value in line]
    room = 0.03 * (max(values) - min(values)) or 1.0
    low, high = min(values) - room, max(values) + room
    days = [day.toordinal() for day, _ in next(iter(lines.values()))]
    plane.set(ylim=(low, high), xlim=(days[0] - 0.5, days[-1] + 0.5))
    per_px = (high - low) / (height - _TOP - _BOTTOM)
    named_at = apart([line[-1][1] for line in lines.values()], _LABEL_PX * per_px, low, high)
    for order, ((team, line), label_at) in enumerate(zip(lines.items(), named_at, strict=True)):
        colour = theme.many[order % len(theme.many)]
        plane.plot(
            days, [value for _, value in line], color=colour, linewidth=1.6, clip_on=False, zorder=3,
            linestyle="-" if order < len(theme.many) else (0, (5, 1.6)), gid=f"line-{order + 1}",
            marker="o" if len(line) == 1 else "",
        )  # fmt: skip
        plane.annotate(
            f"{_told(line[-1][1])}  {fitting(team, 22)}", (days[-1], line[-1][1]), xytext=(1.025, label_at),
            textcoords=("axes fraction", "data"), va="center", color=colour, fontsize=8.8, annotation_clip=False,
            arrowprops=_LEADER | {"color": colour},
        )  # fmt: skip
    months = _months(days[0], days[-1])
    plane.set_xticks([first.toordinal() for first in months], [_named(first) for first in months])
    plane.grid(color=theme.line, linewidth=0.5)
    return drawn


def _lines(picture: Picture) -> dict[str, list[tuple[date, float]]]:
    """Day and rating of each team, in the picture's order."""
    lines: dict[str, list[tuple[date, float]]] = {}
    for row in picture.rows:
        lines.setdefault(row["team"], []).append((date.fromisoformat(row["day"]), row["rating"]))
    return lines


def _months(first: int, last: int) -> list[date]:
    """The months that begin between two days; of many every second, third ..."""
    found = [day for day in map(date.fromordinal, range(first, last + 1)) if day.day == 1]
    return found[:: len(found) // _MOST_MONTHS + 1]


def _named(month: date) -> str:
    return f"{month_abbr[month.month]}\n{month.year}" if month.month == 1 else month_abbr[month.month]


def apart(wanted: Sequence[float], room: float, low: float, high: float) -> list[float]:
    """Places for names as near as may be to where they are wanted (falling), `room` apart and within the axes.

    Names that would overlap share the mean of where they were wanted: pool adjacent violators.
    """
    pools: list[tuple[float, int]] = []
    for order, value in enumerate(wanted):
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


def _told(rating: float) -> str:
    """Elo as a whole number, goals with two digits and the minus that axes have."""
    return f"{rating:.0f}" if abs(rating) >= 100 else f"{rating:+.2f}".replace("-", "−")
