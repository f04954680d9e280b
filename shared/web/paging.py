"""Opaque cursors: the position where a page ended, as text that callers send back but never read or change."""

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
_CHECKSUM_BYTES = 6


def encode(position: Sequence[Any] | None, *, query: Any = None) -> str | None:
    """Return the cursor of a position (JSON scalars), or None after the last page.

    Parameters
    ----------
    query : the query that is paged (JSON), without cursor and limit: the cursor continues no other query.
    """
    if position is None:
        return None
    text = _to_json(list(position))
    return base64.urlsafe_b64encode(_checksum(text, query) + text).decode().rstrip("=")


def decode(cursor: str, *kinds: type, query: Any = None) -> tuple[Any, ...] | None:
    """Return the position of a cursor, None for an empty one; `InvalidInput` when it is not one of ours.

    Parameters
    ----------
    kinds : the type of each part, which must match exactly.
    query : the query it was made for.
    """
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = json.loads(raw[_CHECKSUM_BYTES:])
    except (binascii.Error, ValueError, RecursionError) as exc:
        raise _fault("is not readable") from exc
    if not isinstance(position, list) or [type(part) for part in position] != list(kinds):
        raise _fault("belongs to another collection")
    if encode(position, query=query) != cursor:
        raise _fault("was changed, or belongs to another query")
    return tuple(position)


def decode_time_and_id(cursor: str, *, query: Any = None) -> tuple[datetime, int] | None:
    """Return the position of a cursor over items ordered by time and id, such as matches; errors as `decode`."""
    position = decode(cursor, str, int, query=query)
    if position is None:
        return None
    try:
        moment = datetime.fromisoformat(position[0])
    except ValueError as exc:
        raise _fault("belongs to another collection") from exc
    if moment.tzinfo is None:
        raise _fault("belongs to another collection")
    return moment, position[1]


def decode_id(cursor: str) -> str:
    """Return the position of a cursor over items ordered by a UUID; empty for an empty one; errors as `decode`."""
    position = decode(cursor, str)
    if position is None:
        return ""
    try:
        return str(UUID(position[0]))
    except ValueError as exc:
        raise _fault("belongs to another collection") from exc


def page_by_id(items: Sequence[dict[str, Any]], limit: int) -> dict[str, Any]:
    """Return a page in JSON's terms, given one item more than it holds if there is a next page."""
    page = list(items[:limit])
    return {"items": page, "next": encode([page[-1]["id"]]) if len(items) > limit else None}


def _fault(rule: str) -> InvalidInput:
    return InvalidInput("the cursor is not valid; start again without one", errors={"cursor": rule})


def _checksum(text: bytes, query: Any) -> bytes:
    """Detect a cursor that was cut, changed or taken from another query. No secret: positions protect nothing."""
    return hashlib.blake2b(_to_json(query) + text, digest_size=_CHECKSUM_BYTES).digest()


def _to_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, default=rfc3339.encode_json_default).encode()
