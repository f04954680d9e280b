"""Names as people type them: without accents, in Latin letters, in words."""

from __future__ import annotations

import unicodedata
from functools import cache

_SINGLE = str.maketrans(
    {
        # Latin letters that Unicode does not take apart.
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
_JOINING = str.maketrans(dict.fromkeys("'’‘ʼ`´", ""))
"""Signs inside a word: N'Golo is one."""


_PARTING = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})


@cache
def _plain(letter: str) -> str:
    """A letter without its marks; what is neither letter nor digit parts words."""
    taken_apart = unicodedata.normalize("NFKD", letter).casefold()  # again: a formula's letters have no case before
    kept = "".join(part for part in taken_apart if not unicodedata.combining(part)).translate(_SINGLE)
    # Together again, since Korean syllables were taken apart as well.
    return "".join(part if part.isalnum() else " " for part in unicodedata.normalize("NFC", kept))


def words(text: str) -> tuple[str, ...]:
    """The words of a name, each folded: lower case, no accents, Cyrillic and Greek in Latin letters.

    Other scripts stay as they are. ``Saint-Étienne`` has two words, ``N'Golo`` has one, ``Дзюба`` is ``dzyuba``.
    """
    text = text.casefold().translate(_JOINING)
    if not text.isascii():
        # Composed and translated first: й taken apart would be и with a mark.
        text = "".join(map(_plain, unicodedata.normalize("NFC", text).translate(_SINGLE)))
    return tuple(text.translate(_PARTING).split())


def folded(text: str) -> str:
    """The words of a name with single spaces between them."""
    return " ".join(words(text))
