"""Colours for a terminal, and none for anything else."""

from __future__ import annotations

import os
from typing import TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Painter:
    """Paints words when `on`."""

    def __init__(self, on: bool) -> None:
        self._on = on

    @classmethod
    def for_stream(cls, stream: TextIO) -> Painter:
        """For a stream: on a terminal, unless NO_COLOR (no-color.org) asks for none."""
        return cls(stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")

    def __call__(self, words: str, colour: str) -> str:
        """The words in a colour; an empty colour leaves them as they are."""
        return f"\x1b[{_CODES[colour]}m{words}\x1b[0m" if self._on and colour else words
