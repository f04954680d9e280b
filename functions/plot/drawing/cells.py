"""Cells of heat maps: a colour for each probability, and text that can be read upon it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.patches import Rectangle

from functions.plot.drawing.theme import Theme

_NEXT_TO_NOTHING = 0.0005

Colour = tuple[float, float, float]


class Ramp:
    """From the colour of none to that of the `most`."""

    def __init__(self, theme: Theme, *, most: float) -> None:
        self.theme = theme
        self._most = most or 1.0
        self._colours = LinearSegmentedColormap.from_list("ramp", theme.ramp)

    def __call__(self, p: float) -> Colour:
        red, green, blue, _ = self._colours(p / self._most)
        return red, green, blue


def cell(heat: Axes, ramp: Ramp, at: tuple[int, int], p: float, told: str) -> None:
    """A probability in a square of its colour; `at` is (column, row). Next to nothing is a dot."""
    theme, colour = ramp.theme, ramp(p)
    heat.add_patch(Rectangle(at, 1, 1, facecolor=colour, edgecolor=theme.ground, linewidth=1.5, gid="cell"))
    told = told if p >= _NEXT_TO_NOTHING else "·"
    heat.text(at[0] + 0.5, at[1] + 0.52, told, ha="center", va="center", color=readable(theme, colour), fontsize=9)


def readable(theme: Theme, colour: Colour) -> str:
    """Of ink and ground the one that stands out more from a colour."""
    return max((theme.ink, theme.ground), key=lambda one: contrast(to_rgb(one), colour))


def contrast(one: Colour, other: Colour) -> float:
    """Ratio of WCAG 2: 1 (none) to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
