"""Messages to users: one template per language and kind of contact, its first line the subject."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from string import Template

from shared.domain.accounts.contacts import Address
from shared.ports.messaging import Message

LANGUAGES = ("en", "de")
"""The first is the default."""


def code(to: Address, *, language: str, code: str, username: str, lifetime: timedelta) -> Message:
    """Return the message with a code."""
    minutes = str(int(lifetime.total_seconds() // 60))
    return _render(to, to.kind, language, {"code": code, "username": username, "minutes": minutes})


def replaced(to: Address, *, language: str, username: str) -> Message:
    """Return the message to an address that was replaced; it does not disclose the new one."""
    return _render(to, f"{to.kind}_replaced", language, {"username": username})


def _render(to: Address, name: str, language: str, words: dict[str, str]) -> Message:
    subject, _, text = _template(language, name).substitute(words).partition("\n")
    return Message(to=to, subject=subject, text=text)


@cache
def _template(language: str, name: str) -> Template:
    known = language if language in LANGUAGES else LANGUAGES[0]
    return Template((Path(__file__).parent / "templates" / known / f"{name}.txt").read_text("utf-8"))
