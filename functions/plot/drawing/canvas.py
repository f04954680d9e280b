"""Figures without pyplot: made, given their words, and turned into bytes that are the same each time."""

from __future__ import annotations

import io
import re
from html import escape
from typing import Any

import matplotlib as mpl

mpl.use("agg")  # before mplsoccer imports pyplot, which would look for a window

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from functions.plot.drawing.theme import Theme
from functions.plot.figures.picture import Picture

PX_PER_INCH = 96
_PNG_SCALE = 2
"""PNGs have so many pixels for each of CSS, for dense screens."""

# One renderer at a time reads these (see `renderer`), nobody changes them later.
mpl.rcParams.update(
    {
        "font.family": "DejaVu Sans",  # comes with matplotlib; Latin with all diacritics, Greek, Cyrillic
        "font.size": 9,
        "text.parse_math": False,  # a name with two dollar signs is a name
        "svg.fonttype": "path",  # looks alike where the font is missing
        "svg.hashsalt": "touchline",  # ids in SVG do not change from drawing to drawing
        "path.simplify": False,
    }
)


def figure(picture: Picture, theme: Theme, *, width: int, height: int) -> Figure:
    """An empty figure with the picture's title on top; sizes in CSS pixels."""
    drawn = Figure(figsize=(width / PX_PER_INCH, height / PX_PER_INCH), facecolor=theme.ground)
    drawn.text(
        18 / width, 1 - 16 / height, picture.title, ha="left", va="top", color=theme.ink, fontsize=12.5, weight="bold"
    )
    return drawn


def axes(drawn: Figure, theme: Theme, *, left: float, bottom: float, right: float, top: float, **more: Any) -> Axes:
    """Axes that keep so many CSS pixels free on each side."""
    width, height = drawn.get_size_inches() * PX_PER_INCH
    made = drawn.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height),
        facecolor=theme.ground,
        **more,
    )
    made.tick_params(colors=theme.quiet, length=0, labelsize=8.5)
    for spine in made.spines.values():
        spine.set_visible(False)
    return made


def as_svg(drawn: Figure, picture: Picture) -> bytes:
    """SVG with its title and description inside, named as the image's own label."""
    written = io.StringIO()
    drawn.savefig(written, format="svg", facecolor=drawn.get_facecolor(), metadata={"Date": None, "Creator": None})
    words = f'<title id="title">{escape(picture.title)}</title>\n <desc id="desc">{escape(picture.text)}</desc>'
    labelled = re.sub(
        r"<svg ([^>]*)>",
        rf'<svg role="img" aria-labelledby="title desc" \1>\n {_literal(words)}',
        written.getvalue(),
        count=1,
    )
    return labelled.encode()


def as_png(drawn: Figure, picture: Picture) -> bytes:
    """PNG with the same words in its metadata."""
    written = io.BytesIO()
    words = {"Title": picture.title, "Description": picture.text, "Software": None}
    drawn.savefig(written, format="png", dpi=PX_PER_INCH * _PNG_SCALE, facecolor=drawn.get_facecolor(), metadata=words)
    return written.getvalue()


def fitting(text: str, at_most: int) -> str:
    """Cut with an ellipsis where it would be longer."""
    return text if len(text) <= at_most else text[: at_most - 1].rstrip() + "…"


def _literal(text: str) -> str:
    return text.replace("\\", r"\\")
