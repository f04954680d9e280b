"""Opaque cursors: where a page ended, in a form callers store and send back but never read."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shared import rfc3339
from shared.errors import InvalidInput

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


def encode(position: Sequence[Any] | None) -> str | None:
    """The cursor of a position (JSON scalars), or None after the last page."""
    if position is None:
        return None
    text = json.dumps(list(position), separators=(",", ":"), default=rfc3339.in_json)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> tuple[Any, ...] | None:
    """The position of a cursor, None for an empty one; `InvalidInput` when it is not one of ours.

    Parameters
    ----------
    kinds : the type of each part, which must match exactly.
    """
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as exc:
        raise InvalidInput("the cursor is not one of ours", errors={"cursor": "unreadable"}) from exc
    if not isinstance(position, list) or [type(part) for part in position] != list(kinds):
        raise InvalidInput("the cursor is not one of ours", errors={"cursor": "of another collection"})
    return tuple(position)


def decode_moment(cursor: str) -> tuple[datetime, int] | None:
    """The position of a cursor over things ordered by time and id, such as matches; errors as `decode`."""
    position = decode(cursor, str, int)
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
