"""The score matrix as a heat map: home goals down, away goals across, each cell with its percentage."""

from __future__ import annotations

from matplotlib.figure import Figure

from functions.plot.drawing.canvas import axes, figure, shorten
from functions.plot.drawing.cells import ColourRamp, cell
from functions.plot.drawing.theme import Theme
from functions.plot.figures.picture import Picture

WIDTH, HEIGHT = 640, 620


def draw(picture: Picture, theme: Theme) -> Figure:
    """Draw the picture of `functions.plot.figures.forecasts.score_matrix`."""
    frame = picture.frame
    fig = figure(picture, theme, width=WIDTH, height=HEIGHT)
    size = 1 + max(row["home_goals"] for row in picture.rows)
    heat = axes(fig, theme, left=76, right=20, bottom=24, top=134)
    heat.set(xlim=(0, size), ylim=(size, 0))
    heat.set_xticks([place + 0.5 for place in range(size)], [str(goals) for goals in range(size)])
    heat.set_yticks([place + 0.5 for place in range(size)], [str(goals) for goals in range(size)])
    heat.xaxis.tick_top()
    heat.xaxis.set_label_position("top")
    heat.set_xlabel(f"goals of {shorten(frame['away'], 36)}", color=theme.away, weight="bold")
    heat.set_ylabel(f"goals of {shorten(frame['home'], 36)}", color=theme.home, weight="bold")
    ramp = ColourRamp(theme, max_p=max(row["p"] for row in picture.rows))
    for row in picture.rows:
        cell(heat, ramp, (row["away_goals"], row["home_goals"]), row["p"], f"{100 * row['p']:.1f}")
    _outcome(fig, theme, frame["probabilities"])
    return fig


def _outcome(fig: Figure, theme: Theme, outcome: dict[str, float]) -> None:
    """Home win, draw and away win as parts of one bar."""
    bar = axes(fig, theme, left=76, right=20, bottom=HEIGHT - 76, top=48)
    bar.set(xlim=(0, sum(outcome.values())), ylim=(0, 1), xticks=[], yticks=[])
    left = 0.0
    for name, colour in (("home", theme.home), ("draw", theme.fair), ("away", theme.away)):
        p = outcome[name]
        bar.barh(0.5, p, left=left, height=1.0, color=colour, gid=f"outcome-{name}")
        if p > 0.08:
            bar.text(
                left + p / 2, 0.48, f"{name} {p:.0%}", ha="center", va="center", color=theme.on_colour, weight="bold"
            )
        left += p
