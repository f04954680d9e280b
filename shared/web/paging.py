"""Opaque cursors: where a page ended, in a form callers store and send back but never read or change."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shared import rfc3339
from shared.errors import InvalidInput

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
_MARK_BYTES = 6


def encode(position: Sequence[Any] | None, *, of: Any = None) -> str | None:
    """The cursor of a position (JSON scalars), or None after the last page.

    Parameters
    ----------
    of : the question that is paged (JSON), without cursor and limit: the cursor continues no other one.
    """
    if position is None:
        return None
    text = _text(list(position))
    return base64.urlsafe_b64encode(_mark(text, of) + text).decode().rstrip("=")


def decode(cursor: str, *kinds: type, of: Any = None) -> tuple[Any, ...] | None:
    """The position of a cursor, None for an empty one; `InvalidInput` when it is not one of ours.

    Parameters
    ----------
    kinds : the type of each part, which must match exactly.
    of : the question it was made for.
    """
    if not cursor:
        return None
    try:
        marked = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = json.loads(marked[_MARK_BYTES:])
    except (binascii.Error, ValueError, RecursionError) as exc:
        raise InvalidInput("the cursor is not one of ours", errors={"cursor": "unreadable"}) from exc
    if not isinstance(position, list) or [type(part) for part in position] != list(kinds):
        raise InvalidInput("the cursor is not one of ours", errors={"cursor": "of another collection"})
    if encode(position, of=of) != cursor:
        raise InvalidInput("the cursor is not one of ours", errors={"cursor": "changed, or of another question"})
    return tuple(position)


def decode_moment(cursor: str, *, of: Any = None) -> tuple[datetime, int] | None:
    """The position of a cursor over things ordered by time and id, such as matches; errors as `decode`."""
    position = decode(cursor, str, int, of=of)
    if position is None:
        return None
    try:
        moment = datetime.fromisoformat(position[0])
    except ValueError as exc:
        raise InvalidInput("the cursor is not one of ours", errors={"cursor": "of another collection"}) from exc
    if moment.tzinfo is None:
        raise InvalidInput("the cursor is not one of ours", errors={"cursor": "of another collection"})
    return moment, position[1]


def decode_id(cursor: str) -> str:
    """The position of a cursor over things ordered by a UUID; empty for an empty one; errors as `decode`."""
    position = decode(cursor, str)
    if position is None:
        return ""
    try:
        return str(UUID(position[0]))
    except ValueError as exc:
        raise InvalidInput("the cursor is not one of ours", errors={"cursor": "of another collection"}) from exc


def page_by_id(items: Sequence[dict[str, Any]], limit: int) -> dict[str, Any]:
    """A page in JSON's terms, made of one item more than it holds, if there is one: then there is a next page."""
    shown = list(items[:limit])
    return {"items": shown, "next": encode([shown[-1]["id"]]) if len(items) > limit else None}


def _mark(text: bytes, of: Any) -> bytes:
    """Shows that a cursor was cut, changed or taken from another question. No secret: positions protect nothing."""
    return hashlib.blake2b(_text(of) + text, digest_size=_MARK_BYTES).digest()


def _text(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, default=rfc3339.in_json).encode()
