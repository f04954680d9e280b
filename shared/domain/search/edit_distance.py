"""Counts the typos between two words, and finds what a word may have been before it was mistyped."""

from __future__ import annotations

from zlib import crc32


def max_typos(word: str) -> int:
    """Return how many typos a word of this length may have: none up to 2 letters, one up to 5, then two."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


def count_typos(first: str, second: str, at_most: int) -> int:
    """Count the typos between two words: letters added, left out, replaced, or two neighbours exchanged.

    Optimal string alignment: no part is changed twice. Beyond `at_most` the result is `at_most` + 1.

    References
    ----------
    Damerau (1964), A technique for computer detection and correction of spelling errors, CACM 7(3).
    """
    if first == second:
        return 0
    if abs(len(first) - len(second)) > at_most:
        return at_most + 1
    before: list[int] = []
    last = list(range(len(second) + 1))
    for i, letter in enumerate(first, start=1):
        row = [i]
        for j, expected in enumerate(second, start=1):
            best = last[j - 1] if letter == expected else 1 + min(last[j], row[-1], last[j - 1])
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == expected:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        if min(row) > at_most:
            return at_most + 1
        before, last = last, row
    return min(last[-1], at_most + 1)


def compute_shadows(word: str) -> list[int]:
    """Return numbers that a word shares with every word one typo away, and with many at two.

    They stand for the word itself and for it with each letter left out: of two words one typo apart, leaving out one
    letter at most of each makes them equal. (crc32, as signed 32 bits: an index of numbers is small.)

    References
    ----------
    Garbe (2012), symmetric delete spelling correction; after Mor and Fraenkel (1982), JASIS 33(6).
    """
    forms = {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
    return sorted({_signed(crc32(form.encode())) for form in forms})


def _signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number
