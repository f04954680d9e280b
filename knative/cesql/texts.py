"""How an implementation measures texts: the specification in characters, Go's in the bytes of UTF-8."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Protocol

Matcher = Callable[[str], bool]

WHITESPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


class Texts(Protocol):
    """What LENGTH, LEFT, RIGHT, SUBSTRING, UPPER, LOWER and LIKE rest on."""

    def __hash__(self) -> int:
        """Stateless, so one of a kind."""

    def length(self, text: str) -> int:
        """Units of the text."""

    def part(self, text: str, start: int, stop: int) -> str:
        """The units from `start` up to `stop`, counted from 0."""

    def join(self, between: str, parts: Iterable[str]) -> str:
        """The parts in a row, with a text between them."""

    def upper(self, text: str) -> str:
        """The text in upper case."""

    def lower(self, text: str) -> str:
        """The text in lower case."""

    def like(self, pattern: str) -> Matcher:
        """Return True if a whole text fits a pattern of LIKE."""


class Characters:
    """Unicode characters, as the specification says."""

    def length(self, text: str) -> int:
        """Characters."""
        return len(text)

    def part(self, text: str, start: int, stop: int) -> str:
        """A slice."""
        return text[start:stop]

    def join(self, between: str, parts: Iterable[str]) -> str:
        """In a row."""
        return between.join(parts)

    def upper(self, text: str) -> str:
        """With all that Unicode says: ß becomes SS."""
        return text.upper()

    def lower(self, text: str) -> str:
        """Lower case."""
        return text.lower()

    def like(self, pattern: str) -> Matcher:
        """A regular expression that never goes back behind a ``%``, so it is linear in pattern times text."""
        return _matcher(pattern)


class Bytes:
    """The bytes of UTF-8, as the Go implementation behind the channel broker counts."""

    def length(self, text: str) -> int:
        """Bytes."""
        return len(text) if text.isascii() else len(_encoded(text))

    def part(self, text: str, start: int, stop: int) -> str:
        """A slice; what is left of a character that is cut apart keeps its bytes, as surrogates."""
        return text[start:stop] if text.isascii() else _encoded(text)[start:stop].decode(errors="surrogateescape")

    def join(self, between: str, parts: Iterable[str]) -> str:
        """In a row; the bytes of a character that was cut apart make it again."""
        text = between.join(parts)
        return text if text.isascii() else _encoded(text).decode(errors="surrogateescape")

    def upper(self, text: str) -> str:
        """Character by character: ß stays."""
        return "".join(upper if len(upper := character.upper()) == 1 else character for character in text)

    def lower(self, text: str) -> str:
        """Character by character."""
        return "".join(lower if len(lower := character.lower()) == 1 else character for character in text)

    def like(self, pattern: str) -> Matcher:
        """As the specification, but over bytes; a text with ``%`` or a backslash meets Go's own reading of patterns."""
        units = _units(pattern)
        fits = _matcher(units)

        def matches(text: str) -> bool:
            if "%" in text or "\\" in text:
                return _fits_as_in_go(_units(text), units)
            return fits(_units(text))

        return matches


CHARACTERS: Texts = Characters()
BYTES: Texts = Bytes()

_PATTERN_PART = re.compile(r"\\[%_]|.", re.DOTALL)


def _matcher(pattern: str) -> Matcher:
    """Everything between two ``%`` is sought once, from where the last was found; the group is never reopened."""
    begin, *rest = _runs(pattern)
    middle = "".join(f"(?>.*?{run})" for run in rest[:-1] if run)
    end = f".*{rest[-1]}" if rest else ""
    result = re.compile(rf"{begin}{middle}{end}\Z", re.DOTALL)
    return lambda text: result.match(text) is not None


def _runs(pattern: str) -> list[str]:
    """Regular expressions for what stands between the ``%``; each matches texts of one length only."""
    runs = [""]
    for part in _PATTERN_PART.findall(pattern):
        if part == "%":
            runs.append("")
        else:
            runs[-1] += "." if part == "_" else re.escape(part[-1])
    return runs


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _units(text: str) -> str:
    """One character per byte."""
    return text if text.isascii() else _encoded(text).decode("latin-1")


def _fits_as_in_go(text: str, pattern: str) -> bool:
    """Go looks for an equal character before it looks for a wildcard: ``%`` in the text uses up a ``%`` of the pattern,
    and a backslash one that was to escape."""
    at = place = 0
    retry: tuple[int, int] | None = None
    while at < len(text):
        if (width := _match_length(text[at], pattern, place)) > 0:
            at, place = at + 1, place + width
        elif pattern[place : place + 1] == "%":
            place += 1
            retry = (at, place)
        elif retry is not None:
            at, place = retry[0] + 1, retry[1]
            retry = (at, place)
        else:
            return False
    return not pattern[place:].strip("%")


def _match_length(character: str, pattern: str, place: int) -> int:
    """Return how much of the pattern stands for exactly this character; 0 = none."""
    if character in "%_" and pattern.startswith(f"\\{character}", place):
        return 2
    return 1 if pattern[place : place + 1] in {"_", character} else 0
