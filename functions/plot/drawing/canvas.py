"""Figures without pyplot: created, labelled, and saved as bytes that are the same each time."""

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
"""Pixels of a PNG per CSS pixel, for dense screens."""

# One renderer at a time reads these settings (see `renderer`), and nothing changes them later.
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
    """Create an empty figure with the picture's title on top; sizes in CSS pixels."""
    fig = Figure(figsize=(width / PX_PER_INCH, height / PX_PER_INCH), facecolor=theme.ground)
    fig.text(
        18 / width, 1 - 16 / height, picture.title, ha="left", va="top", color=theme.ink, fontsize=12.5, weight="bold"
    )
    return fig


def axes(fig: Figure, theme: Theme, *, left: float, bottom: float, right: float, top: float, **options: Any) -> Axes:
    """Add axes that leave so many CSS pixels free on each side."""
    width, height = fig.get_size_inches() * PX_PER_INCH
    new_axes = fig.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height),
        facecolor=theme.ground,
        **options,
    )
    new_axes.tick_params(colors=theme.quiet, length=0, labelsize=8.5)
    for spine in new_axes.spines.values():
        spine.set_visible(False)
    return new_axes


def as_svg(fig: Figure, picture: Picture) -> bytes:
    """Save as SVG with title and description, which label the image."""
    output = io.StringIO()
    fig.savefig(output, format="svg", facecolor=fig.get_facecolor(), metadata={"Date": None, "Creator": None})
    words = f'<title id="title">{escape(picture.title)}</title>\n <desc id="desc">{escape(picture.text)}</desc>'
    labelled = re.sub(
        r"<svg ([^>]*)>",
        rf'<svg role="img" aria-labelledby="title desc" \1>\n {_escape_backslashes(words)}',
        output.getvalue(),
        count=1,
    )
    return labelled.encode()


def as_png(fig: Figure, picture: Picture) -> bytes:
    """Save as PNG with title and description in its metadata."""
    output = io.BytesIO()
    words = {"Title": picture.title, "Description": picture.text, "Software": None}
    fig.savefig(output, format="png", dpi=PX_PER_INCH * _PNG_SCALE, facecolor=fig.get_facecolor(), metadata=words)
    return output.getvalue()


def shorten(text: str, max_length: int) -> str:
    """Shorten a text with an ellipsis if it is longer."""
    return text if len(text) <= max_length else text[: max_length - 1].rstrip() + "…"


def _escape_backslashes(text: str) -> str:
    return text.replace("\\", r"\\")
