"""Formats JSON for a terminal: what an event holds is escaped where it does not print."""

from __future__ import annotations

import json
import re
from typing import Any


def dump_json(value: Any, *, indent: int | None = None) -> str:
    """JSON with letters of all languages as they are, and everything that does not print escaped as JSON does it."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return re.sub(r"[^\n -~]", lambda match: _escape_in_json(match[0]), text)


def _escape_in_json(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
