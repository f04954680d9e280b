"""Pictures to bytes, one at a time: matplotlib's settings and caches belong to the process, not to a thread."""

from __future__ import annotations

from importlib import import_module
from threading import Lock

from functions.plot.drawing import canvas
from functions.plot.drawing.theme import THEMES
from functions.plot.figures.picture import Picture
from shared.errors import Overloaded

_WAIT_S = 10.0
_TRY_AGAIN_S = 2.0
_turn = Lock()
_AS = {"svg": canvas.as_svg, "png": canvas.as_png}


def render(picture: Picture, form: str, theme: str) -> bytes:
    """The picture as ``svg`` or ``png``; `Overloaded` when others take too long before it."""
    if not _turn.acquire(timeout=_WAIT_S):
        raise Overloaded("too many pictures are being drawn", retry_after_s=_TRY_AGAIN_S)
    try:
        draw = import_module(f"functions.plot.drawing.{picture.kind}").draw
        return _AS[form](draw(picture, THEMES[theme]), picture)
    finally:
        _turn.release()
