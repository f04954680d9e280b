"""Folds names to the form in which people type them: words of Latin letters without accents."""

from __future__ import annotations

import unicodedata
from functools import cache

_SINGLE = str.maketrans(
    {
        # Latin letters that Unicode does not decompose.
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n",
        "ŧ": "t", "ß": "ss", "ə": "a",
        # Cyrillic, as passports have it (ICAO 9303) where that is what newspapers write, else as newspapers do.
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "y",
        "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
        "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
        "я": "ya", "є": "ye", "і": "i", "ї": "yi", "ґ": "g", "ў": "u", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj",
        "ћ": "c", "џ": "dz", "ѓ": "gj", "ќ": "kj", "ѕ": "dz",
        # Greek, letter by letter.
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
        "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
        "χ": "ch", "ψ": "ps", "ω": "o",
    }
)  # fmt: skip
_INNER_SIGNS = str.maketrans(dict.fromkeys("'’‘ʼ`´", ""))
"""Signs that do not split a word: N'Golo is one."""


_SEPARATORS = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})


@cache
def _fold_letter(letter: str) -> str:
    """Return a letter without its marks; a space for what is neither letter nor digit."""
    decomposed = unicodedata.normalize("NFKD", letter).casefold()  # again: a formula's letters have no case before
    letters = "".join(part for part in decomposed if not unicodedata.combining(part)).translate(_SINGLE)
    # Composed again, since Korean syllables were decomposed as well.
    return "".join(part if part.isalnum() else " " for part in unicodedata.normalize("NFC", letters))


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a name, each folded: lower case, no accents, Cyrillic and Greek in Latin letters.

    Other scripts stay as they are. ``Saint-Étienne`` has two words, ``N'Golo`` has one, ``Дзюба`` is ``dzyuba``.
    """
    text = text.casefold().translate(_INNER_SIGNS)
    if not text.isascii():
        # Composed and translated first: й decomposed would be и with a mark.
        text = "".join(map(_fold_letter, unicodedata.normalize("NFC", text).translate(_SINGLE)))
    return tuple(text.translate(_SEPARATORS).split())


def fold(text: str) -> str:
    """Return the words of a name with single spaces between them."""
    return " ".join(split_words(text))
