"""The words that carry a code: one file per language and kind of contact, its first line the subject."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from string import Template

from shared.domain.contacts import Address
from shared.ports import Message

LANGUAGES = ("en", "de")
"""The first is spoken to who understands none of them."""


def letter(to: Address, *, language: str, code: str, username: str, lifetime: timedelta) -> Message:
    """A message with a code."""
    words = {"code": code, "username": username, "minutes": str(int(lifetime.total_seconds() // 60))}
    subject, _, text = _template(language, to.kind).substitute(words).partition("\n")
    return Message(to=to, subject=subject, text=text)


@cache
def _template(language: str, kind: str) -> Template:
    known = language if language in LANGUAGES else LANGUAGES[0]
    return Template((Path(__file__).parent / "templates" / known / f"{kind}.txt").read_text("utf-8"))
