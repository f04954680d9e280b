"""The texts of the site that want a translation, found in its templates and modules."""

from __future__ import annotations

from pathlib import Path

from babel.messages.extract import extract

from functions.site import routes

SITE = Path(routes.__file__).parent


def extract_messages() -> set[str]:
    """Return every text, in English; of a plural its singular."""
    found: set[str] = set()
    for path in sorted(SITE.rglob("*")):
        method = {".html": "jinja2.ext:babel_extract", ".xml": "jinja2.ext:babel_extract", ".py": "python"}.get(
            path.suffix
        )
        if method is None:
            continue
        keywords = {"_": None, "mark": None, "ngettext": (1, 2), "translate": None}
        with path.open("rb") as file:
            for _line, message, _comments, _context in extract(method, file, keywords=keywords):
                text = message[0] if isinstance(message, tuple) else message
                if text:
                    found.add(text)
    return found
