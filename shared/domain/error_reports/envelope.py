"""Reads envelopes, the format in which Sentry's SDKs send errors.

Source: Sentry's SDK documentation, "Envelopes": a line of JSON headers, then items; each item is a line of JSON headers
and a payload of ``length`` bytes, or up to the next newline where the length is not given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.errors import InvalidInput

ITEMS_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Item:
    """One item; a type that is not known is for the receiver to skip."""

    type: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """Headers and items."""

    headers: dict[str, Any]
    items: tuple[Item, ...]

    @property
    def dsn(self) -> str:
        """The address it was sent to, which carries the key; empty where the headers do not name it."""
        return str(self.headers.get("dsn") or "")


def parse_envelope(raw: bytes) -> Envelope:
    """Return the envelope.

    Raises
    ------
    InvalidInput : a header is no JSON object, a payload is shorter than its length, or there are too many items.
    """
    first, _, rest = raw.partition(b"\n")
    headers = _parse_headers(first, "the envelope")
    items: list[Item] = []
    for item in _items(rest):
        items.append(item)
        if len(items) > ITEMS_AT_MOST:
            raise InvalidInput(f"the envelope has more than {ITEMS_AT_MOST} items")
    return Envelope(headers, tuple(items))


def _items(rest: bytes) -> Iterator[Item]:
    position = 0
    while position < len(rest):
        end = rest.find(b"\n", position)
        end = len(rest) if end < 0 else end
        line = rest[position:end]
        position = end + 1
        if not line.strip():
            continue  # a blank line between items, or at the end
        headers = _parse_headers(line, "an item")
        length = headers.get("length")
        if length is None:
            end = rest.find(b"\n", position)
            end = len(rest) if end < 0 else end
        elif isinstance(length, int) and not isinstance(length, bool) and length >= 0:
            end = position + length
        else:
            raise InvalidInput("the length of an item is no number of bytes")
        if end > len(rest):
            raise InvalidInput("an item is shorter than its length")
        yield Item(str(headers.get("type") or ""), rest[position:end])
        position = end + 1


def _parse_headers(line: bytes, what: str) -> dict[str, Any]:
    try:
        headers = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(f"the headers of {what} are not JSON") from exc
    if not isinstance(headers, dict):
        raise InvalidInput(f"the headers of {what} are not a JSON object")
    return headers
