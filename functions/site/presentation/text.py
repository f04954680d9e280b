"""Names of strangers as pages show them."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"
"""Persian and some Indian names are written with them."""
_DROPPED = ("Cc", "Cf", "Cs", "Co")
"""Controls, marks that turn the direction of text, halves of surrogates, private characters."""


def clean(text: str) -> str:
    """Return the text without characters that hide, turn or break what stands beside it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c in _JOINERS or c == "\n" or unicodedata.category(c) not in _DROPPED)
