"""Escapes what an event's sender can use to drive a terminal, to forge a line or to hide text.

Stored events may hold any character: line ends, ESC and the other control characters, the C1 controls that some
terminals obey, marks that turn the direction of text. A person who reads them in a terminal sees ``\\x1b`` instead.
"""

from __future__ import annotations

import json
import re
from typing import Any


def escape(text: str) -> str:
    """Replace every character that does not print by its escape, such as ``\\n``, ``\\x1b`` or ``\\u202e``."""
    return text if text.isprintable() else "".join(map(_escape_character, text))


def dump_json(value: Any, *, indent: int | None = None) -> str:
    """JSON with letters of all languages as they are, and everything that does not print escaped as JSON does it."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return re.sub(r"[^\n -~]", lambda match: _escape_in_json(match[0]), text)


def _escape_character(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


def _escape_in_json(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
