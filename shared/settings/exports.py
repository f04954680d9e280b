"""Addresses of the parts of a user's export."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import parsers
from shared.settings.loading import setting

_address = parsers.url("http", "https")


def _parts(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for item in parsers.names(text):
        name, _, url = item.partition("=")
        pairs.append((parsers.word(name), _address(url)))
    if len(dict(pairs)) < len(pairs):
        raise ValueError("names a part twice")
    return tuple(pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """The areas that keep something of a user, beside accounts."""

    parts: tuple[tuple[str, str], ...] = setting(
        "EXPORT_PARTS",
        _parts,
        (),
        "name=address of each area's part of GET /me/export, with commas between them",
    )
