"""The xG race: running expected goals of both sides, with a mark and a name for each goal."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from functions.plot.drawing.canvas import axes, figure, shorten
from functions.plot.drawing.theme import Theme
from functions.plot.figures.picture import Picture, Rows

WIDTH, HEIGHT = 880, 460
_NAME_MINUTES = 17
"""About the width of a long name."""
_MARKS = (0, 15, 30, 45, 60, 75, 90, 105, 120)


def draw(picture: Picture, theme: Theme) -> Figure:
    """Draw the picture of `functions.plot.figures.shots.xg_race`."""
    fig = figure(picture, theme, width=WIDTH, height=HEIGHT)
    race = axes(fig, theme, left=52, right=172, bottom=48, top=54)
    added = {int(stop): minutes for stop, minutes in picture.frame["added"].items()}
    end = _clock(race, theme, added)
    totals = {}
    for side in ("home", "away"):
        own = [row for row in picture.rows if row["is_home"] == (side == "home")]
        totals[side] = own[-1]["total_xg"] if own else 0.0
        _line(race, getattr(theme, side), side, own, end)
    top = max(1.0, *totals.values()) * 1.18
    race.set(xlim=(0, end), ylim=(0, top))
    race.set_ylabel("expected goals", color=theme.quiet)
    _names(race, theme, picture.frame, totals, end, top)
    _goals(race, theme, picture.rows, top)
    return fig


def _clock(race: Axes, theme: Theme, added: dict[int, int]) -> int:
    """Draw ticks by the match clock and lines where halves end; return the last minute shown."""
    length = max(90, *added)
    places = {mark: mark + sum(n for stop, n in added.items() if stop < mark) for mark in _MARKS if mark <= length}
    race.set_xticks(list(places.values()), [f"{mark}′" for mark in places])
    race.grid(axis="y", color=theme.line, linewidth=0.6)
    for stop in sorted(set(added) - {max(length, 90)}):
        race.axvline(places[stop] + added[stop], color=theme.line, linewidth=1.2, linestyle=(0, (4, 3)))
    return places[length] + added.get(length, 0) + 1


def _line(race: Axes, colour: str, side: str, own: Rows, end: int) -> None:
    minutes = [0, *(row["elapsed"] for row in own), end]
    totals = [0.0, *(row["total_xg"] for row in own), own[-1]["total_xg"] if own else 0.0]
    race.step(minutes, totals, where="post", color=colour, linewidth=2.2, gid=f"race-{side}", clip_on=False)
    goals = [row for row in own if row["outcome"] == "goal"]
    race.scatter(
        [row["elapsed"] for row in goals], [row["total_xg"] for row in goals], s=95, marker="o", color=colour,
        edgecolor=race.get_facecolor(), linewidth=1.5, zorder=5, gid=f"goals-{side}",
    )  # fmt: skip


def _names(race: Axes, theme: Theme, frame: dict[str, Any], totals: dict[str, float], end: int, top: float) -> None:
    """Write the names at the end of each line, apart from each other where the lines end close together."""
    apart = 0.115 * top
    high, low = sorted(("home", "away"), key=lambda side: -totals[side])
    push = max(0.0, apart - (totals[high] - totals[low])) / 2
    lowest = max(totals[low] - push, apart / 2)
    for side, at in ((low, lowest), (high, max(totals[high] + push, lowest + apart))):
        label = f"{shorten(frame[side], 20)}\n{totals[side]:.2f}"
        race.annotate(
            label, (end, at), xytext=(8, 0), textcoords="offset points", va="center", color=getattr(theme, side),
            weight="bold", fontsize=9, annotation_clip=False,
        )  # fmt: skip


def _goals(race: Axes, theme: Theme, rows: Rows, top: float) -> None:
    """Write names to the left above the marks, off their own line; higher if a name or the other line is there."""
    outline = withStroke(linewidth=3, foreground=theme.ground)
    step = 0.05 * top
    taken: list[tuple[float, float]] = []
    for row in (row for row in rows if row["outcome"] == "goal"):
        early = row["elapsed"] < _NAME_MINUTES
        at, height = float(row["elapsed"]), row["total_xg"] + 0.03 * top
        theirs = [other for other in rows if other["is_home"] != row["is_home"]]
        low, high = (_total(theirs, at + shift) for shift in ((0, _NAME_MINUTES) if early else (-_NAME_MINUTES, 0)))
        while any(abs(at - other) < _NAME_MINUTES and abs(height - level) < step for other, level in taken) or (
            low - step < height < high + step / 4
        ):
            height += step / 2
        taken.append((at, height))
        race.text(
            at if early else at - 0.6, height, shorten(row["player"], 20), ha="left" if early else "right",
            va="bottom", color=theme.home if row["is_home"] else theme.away, fontsize=8.8, zorder=6,
            path_effects=[outline],
        )  # fmt: skip


def _total(own: Rows, at: float) -> float:
    """Return the expected goals of one side until a minute."""
    return float(max((row["total_xg"] for row in own if row["elapsed"] <= at), default=0.0))
