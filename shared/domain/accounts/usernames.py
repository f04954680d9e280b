"""Names of users: what one may look like, and when two would be taken for the same."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Username:
    """A new name and the two forms that are unique among all users."""

    shown: str
    folded: str
    skeleton: str


def normalize_username(text: str) -> str:
    """The username in the form it is stored: NFKC, 3 to 64 characters of letters, digits, ``. _ -``.

    Characters are letters and digits of any script, with their combining marks; NFKC first turns full-width and other
    compatibility forms into the plain ones, so nothing invisible, no control character and no space can be in a name.

    Raises
    ------
    InvalidInput : says which rule it breaks.
    """
    named = unicodedata.normalize("NFKC", text)
    shortest, longest = LENGTH
    if not shortest <= len(named) <= longest:
        raise _fault(f"must be {shortest} to {longest} characters")
    if _INVISIBLE.search(named) or not all(_allowed(character) for character in named):
        raise _fault("may hold letters, digits, '.', '_' and '-' only")
    if not named[0].isalnum():
        raise _fault("must begin with a letter or a digit")
    return named


def fold(text: str) -> str:
    """What two usernames have in common when they differ in case and form only: NFKC, case-folded, NFKC again.

    Folding can undo normalisation (Unicode 3.13, D145 to D147), hence twice.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def validate_new(text: str) -> Username:
    """A name somebody wants to have: also of one script, and with the form that no other user's name may share.

    Raises
    ------
    InvalidInput : says which rule it breaks.
    """
    named = normalize_username(text)
    if not _one_script(named):
        raise _fault("must be written in one script")
    if _piles_marks(named):
        raise _fault("may not repeat a mark")
    return Username(shown=named, folded=fold(named), skeleton=make_skeleton(named))


def make_skeleton(text: str) -> str:
    """What a reader would take a name for: each letter of another script becomes the ASCII one it looks like.

    Marks are taken off their letters first. ASCII itself stays, so ``tom`` and ``torn`` are two names (UTS 39 would
    make them one). What looks like no ASCII character becomes the first of those that look like it.
    """
    apart = unicodedata.normalize("NFD", fold(text))
    return unicodedata.normalize("NFD", "".join(_prototype(character) for character in apart))


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

    found = (fold(entry["c"]) for entry in confusables_data.get(character, ()))
    return [other for other in found if len(other) == 1]


def _plainness(character: str) -> tuple[bool, bool, str]:
    """Sorts ASCII first, letters before digits and signs (U+04CF looks like both "l" and "1")."""
    return (not character.isascii(), not character.isalpha(), character)


def _piles_marks(named: str) -> bool:
    """Whether a mark follows its like: a reader sees one of them (UTS 39, section 5.4)."""
    apart = unicodedata.normalize("NFD", named)
    return any(mark == before and unicodedata.combining(mark) for before, mark in pairwise(apart))


def _one_script(named: str) -> bool:
    from confusable_homoglyphs.categories import unique_aliases

    scripts = unique_aliases(named) - _NO_SCRIPT
    return len(scripts) <= 1 or any(scripts <= together for together in _TOGETHER)


def _allowed(character: str) -> bool:
    # Categories: L* letters, Nd decimal digits, M* marks that belong to a letter before them.
    return character in "._-" or unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Mn", "Mc")


def _fault(rule: str) -> InvalidInput:
    return InvalidInput(f"username {rule}", errors={"username": rule})
