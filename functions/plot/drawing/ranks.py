"""The rank-probability matrix: a row per team, a column per place, percentages in the cells."""

from __future__ import annotations

from matplotlib.figure import Figure

from functions.plot.drawing.canvas import axes, figure, shorten
from functions.plot.drawing.cells import ColourRamp, cell
from functions.plot.drawing.theme import Theme
from functions.plot.figures.picture import Picture

ROW_HEIGHT, CELL_WIDTH = 27, 36
_NAMES_WIDTH, _POINTS_WIDTH = 210, 66


def draw(picture: Picture, theme: Theme) -> Figure:
    """Draw the picture of `functions.plot.figures.forecasts.ranks`."""
    teams = {row["team"]: row["mean_points"] for row in picture.rows}
    n = len(teams)
    width, height = _NAMES_WIDTH + CELL_WIDTH * n + _POINTS_WIDTH, 98 + ROW_HEIGHT * n
    fig = figure(picture, theme, width=width, height=height)
    heat = axes(fig, theme, left=_NAMES_WIDTH, right=_POINTS_WIDTH, bottom=18, top=80)
    heat.set(xlim=(0, n), ylim=(n, 0), yticks=[])
    heat.set_xticks([place + 0.5 for place in range(n)], [str(place + 1) for place in range(n)])
    heat.xaxis.tick_top()
    ramp = ColourRamp(theme, max_p=max(row["p"] for row in picture.rows))
    order = {team: place for place, team in enumerate(teams)}
    for row in picture.rows:
        cell(heat, ramp, (row["place"] - 1, order[row["team"]]), row["p"], _percent(row["p"]))
    for team, place in order.items():
        heat.text(-0.35, place + 0.52, shorten(team, 24), ha="right", va="center", color=theme.ink)
        heat.text(n + 0.3, place + 0.52, f"{teams[team]:.1f}", va="center", color=theme.ink, weight="bold")
    heat.text(n + 0.3, -0.5, "points", va="center", color=theme.quiet, fontsize=8.5)
    heat.text(-0.35, -0.5, "place", va="center", ha="right", color=theme.quiet, fontsize=8.5)
    return fig


def _percent(p: float) -> str:
    """Round to whole percent; show values near 0 and near 100 as <1 and >99."""
    if 0 < p < 0.01:
        return "<1"
    return f"{100 * p:.0f}" if p < 0.995 or p == 1 else ">99"
