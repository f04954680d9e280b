"""Usernames: their valid forms, and which two a reader would take for the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from shared.errors import InvalidInput

LENGTH = (3, 64)
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Letters and marks that Unicode calls default-ignorable: two names that differ by them look the same."""

_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
)
"""Scripts that are written together and look nothing alike (UTS 39, section 5.2, "highly restrictive")."""

_NO_SCRIPT = frozenset({"COMMON", "INHERITED"})
_MAX_MARKS = 4
"""Marks on one letter (UTS 39, section 5.4)."""
_DOT_ABOVE, _DOTTED = "\u0307", frozenset({"i", "j"})
"""A dot above a letter that has one is not seen (Unicode's property Soft_Dotted)."""
_DOTTED_TWICE = re.compile("([ij])\u0307")
"""What a capital I with a dot becomes in lower case."""
_MAX_STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Username:
    """A new name and the two forms that are unique among all users."""

    shown: str
    folded: str
    skeleton: str
    readings: frozenset[str]
    """All that a reader may take it for; none may be the skeleton of another user's name."""


def normalize_username(text: str) -> str:
    """The username in the form it is stored: NFKC, 3 to 64 characters of letters, digits, ``. _ -``.

    Characters are letters and digits of any script, with their combining marks; NFKC first turns full-width and other
    compatibility forms into the plain ones, so nothing invisible, no control character and no space can be in a name.

    Raises
    ------
    InvalidInput : says which rule it breaks.
    """
    normalized = unicodedata.normalize("NFKC", text)
    shortest, longest = LENGTH
    if not shortest <= len(normalized) <= longest:
        raise _fault(f"must be {shortest} to {longest} characters")
    if _INVISIBLE.search(normalized) or not all(_allowed(character) for character in normalized):
        raise _fault("may hold letters, digits, '.', '_' and '-' only")
    if not normalized[0].isalnum():
        raise _fault("must begin with a letter or a digit")
    return normalized


def fold(text: str) -> str:
    """Return the form that usernames share when they differ in case and form only: NFKC, case-folded, NFKC again.

    Folding can undo normalisation (Unicode 3.13, D145 to D147), hence twice.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def validate_new(text: str) -> Username:
    """Return a name that a user may choose: of one script, without hidden marks, and with the forms that are unique.

    Raises
    ------
    InvalidInput : says which rule it breaks.
    """
    name = normalize_username(text)
    if not _one_script(name):
        raise _fault("must be written in one script")
    if not _one_kind_of_digits(name):
        raise _fault("must use digits of one script")
    if _hides_marks(name):
        raise _fault("may not repeat or pile marks, nor add a mark that cannot be seen")
    readings = {make_skeleton(name), _read(name), _read(fold(name))}
    return Username(shown=name, folded=fold(name), skeleton=make_skeleton(name), readings=frozenset(readings))


def make_skeleton(text: str) -> str:
    """Return what a reader would take a name for, in any case: each letter becomes the ASCII letter it looks like.

    Looks are those of UTS 39. Letters that look like ASCII in capitals only count in capitals (Cyrillic palochka reads
    as "l", which UTS 39 says of its capital alone), as far as the whole name does. ASCII itself stays, so ``tom`` and
    ``torn`` are two names (UTS 39 would make them one). What looks like no ASCII letter becomes the first of those that
    look like it.
    """
    skeleton = fold(text)
    for _ in range(_MAX_STEPS):
        previous, skeleton = skeleton, _read_in_any_case(skeleton)
        if skeleton == previous:
            break
    return skeleton


def _read_in_any_case(folded: str) -> str:
    in_capitals = _read(folded.upper())
    return in_capitals if in_capitals.isascii() else _read(folded)


def _read(text: str) -> str:
    """Return the text with each letter as the plainest one it looks like; marks stay, off their letters."""
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    plain = fold("".join(_prototype(character) for character in apart))
    return _DOTTED_TWICE.sub(r"\1", unicodedata.normalize("NFD", plain))


@cache
def _prototype(character: str) -> str:
    if character.isascii():
        return character
    alike = sorted(_look_alikes(character), key=_plainness)
    if not alike or _plainness(alike[0]) >= _plainness(character):
        return character
    return _prototype(alike[0])


def _look_alikes(character: str) -> list[str]:
    # Data of UTS 39; read on first use, since only those who choose a name need it.
    from confusable_homoglyphs.confusables import confusables_data

    alike = (fold(entry["c"]) for entry in confusables_data.get(character, ()))
    return [other for other in alike if len(other) == 1]


def _plainness(character: str) -> tuple[bool, bool, str]:
    """Sort ASCII first, letters before digits and signs."""
    return (not character.isascii(), not character.isalpha(), character)


def _hides_marks(name: str) -> bool:
    """Return whether a reader sees fewer marks than there are (UTS 39, section 5.4)."""
    return any(_cluster_hides_marks(letter, marks) for letter, marks in _clusters(name))


def _cluster_hides_marks(letter: str, marks: list[str]) -> bool:
    repeated, piled = len(set(marks)) < len(marks), len(marks) > _MAX_MARKS
    return repeated or piled or (marks[:1] == [_DOT_ABOVE] and _prototype(letter) in _DOTTED)


def _clusters(name: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each letter with the combining marks that follow it."""
    letter, marks = "", list[str]()
    for character in unicodedata.normalize("NFD", name):
        if unicodedata.category(character) == "Mn":
            marks.append(character)
        else:
            yield letter, marks
            letter, marks = character, []
    yield letter, marks


def _one_kind_of_digits(name: str) -> bool:
    zeros = {ord(character) - unicodedata.decimal(character) for character in name if character.isdecimal()}
    return len(zeros) <= 1


def _one_script(normalized: str) -> bool:
    from confusable_homoglyphs.categories import unique_aliases

    scripts = unique_aliases(normalized) - _NO_SCRIPT
    return len(scripts) <= 1 or any(scripts <= together for together in _TOGETHER)


def _allowed(character: str) -> bool:
    # Categories: L* letters, Nd decimal digits, M* marks that belong to a letter before them.
    return character in "._-" or unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Mn", "Mc")


def _fault(rule: str) -> InvalidInput:
    return InvalidInput(f"username {rule}", errors={"username": rule})
