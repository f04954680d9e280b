"""What users are told: one file per language and kind of contact, its first line the subject."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from string import Template

from shared.domain.accounts.contacts import Address
from shared.ports.messaging import Message

LANGUAGES = ("en", "de")
"""The first is spoken to who understands none of them."""


def code(to: Address, *, language: str, code: str, username: str, lifetime: timedelta) -> Message:
    """A message with a code."""
    minutes = str(int(lifetime.total_seconds() // 60))
    return _letter(to, to.kind, language, {"code": code, "username": username, "minutes": minutes})


def replaced(to: Address, *, language: str, username: str) -> Message:
    """A message to an address that belongs to the account no more; it does not tell which one does now."""
    return _letter(to, f"{to.kind}_replaced", language, {"username": username})


def _letter(to: Address, name: str, language: str, words: dict[str, str]) -> Message:
    subject, _, text = _template(language, name).substitute(words).partition("\n")
    return Message(to=to, subject=subject, text=text)


@cache
def _template(language: str, name: str) -> Template:
    known = language if language in LANGUAGES else LANGUAGES[0]
    return Template((Path(__file__).parent / "templates" / known / f"{name}.txt").read_text("utf-8"))
