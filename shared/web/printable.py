"""Shows text of strangers so that it cannot drive a terminal, begin a line of its own or hide something.

Names, ids and messages may hold any character: line ends, ESC and the other control characters, the C1 controls that
some terminals obey, marks that turn the direction of text. Whoever reads them sees ``\\x1b`` instead.
"""

from __future__ import annotations


def printable(text: str) -> str:
    """Return the text with an escape, such as ``\\x1b`` or ``\\u202e``, for each character that does not print."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
