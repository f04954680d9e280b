"""Draw pictures one at a time: matplotlib's settings and caches belong to the process, not to a thread."""

from __future__ import annotations

from importlib import import_module
from threading import Lock

from functions.plot.drawing import canvas
from functions.plot.drawing.theme import THEMES
from functions.plot.figures.picture import Picture
from shared.errors import Overloaded

_WAIT_S = 10.0
_RETRY_AFTER_S = 2.0
_lock = Lock()
_SAVE = {"svg": canvas.as_svg, "png": canvas.as_png}


def render(picture: Picture, format: str, theme: str) -> bytes:
    """Draw a picture as ``svg`` or ``png``.

    Raises
    ------
    Overloaded : the pictures before it take too long.
    """
    if not _lock.acquire(timeout=_WAIT_S):
        raise Overloaded("too many pictures are being fig", retry_after_s=_RETRY_AFTER_S)
    try:
        draw = import_module(f"functions.plot.drawing.{picture.kind}").draw
        return _SAVE[format](draw(picture, THEMES[theme]), picture)
    finally:
        _lock.release()
