"""The site's texts in the reader's language: English in the code and the templates, others in catalogues of gettext.

A catalogue is ``locale/<language>/site.po``, read as it is; nothing has to be compiled after a change.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "locale"


def mark(text: str) -> str:
    """Return the text itself: it is shown elsewhere, and translated there."""
    return text


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Return the texts of a language; the English ones where it has no catalogue."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    path = FOLDER / language / "site.po"
    if not path.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    return gettext.GNUTranslations(io.BytesIO(compiled.getvalue()))
