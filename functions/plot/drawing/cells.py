"""Cells of heat maps: a colour for each probability, and readable text on it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.patches import Rectangle

from functions.plot.drawing.theme import Theme

_NEGLIGIBLE = 0.0005

Colour = tuple[float, float, float]


class ColourRamp:
    """Colours from probability 0 to the highest one."""

    def __init__(self, theme: Theme, *, max_p: float) -> None:
        self.theme = theme
        self._max_p = max_p or 1.0
        self._colours = LinearSegmentedColormap.from_list("ramp", theme.ramp)

    def __call__(self, p: float) -> Colour:
        red, green, blue, _ = self._colours(p / self._max_p)
        return red, green, blue


def cell(heat: Axes, ramp: ColourRamp, at: tuple[int, int], p: float, text: str) -> None:
    """Draw a probability in a square of its colour at (column, row); a negligible one is a dot."""
    theme, colour = ramp.theme, ramp(p)
    heat.add_patch(Rectangle(at, 1, 1, facecolor=colour, edgecolor=theme.ground, linewidth=1.5, gid="cell"))
    text = text if p >= _NEGLIGIBLE else "·"
    heat.text(at[0] + 0.5, at[1] + 0.52, text, ha="center", va="center", color=readable(theme, colour), fontsize=9)


def readable(theme: Theme, colour: Colour) -> str:
    """Return ink or ground, whichever has the higher contrast to a colour."""
    return max((theme.ink, theme.ground), key=lambda name: contrast(to_rgb(name), colour))


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of WCAG 2: 1 (none) to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
