"""Ids of the shop that come from content: who loads the same archive again makes the same rows and the same events."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def make_uuid7(moment: datetime, *parts: str) -> str:
    """Return a UUIDv7 (RFC 9562, section 5.7) whose time is the moment's and whose other bits come from the parts.

    Parameters
    ----------
    moment : aware.
    parts : name what gets the id, such as the archive and its own key; together they are unique.
    """
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    bits = milliseconds << 80 | int.from_bytes(digest[:10], "big")
    return str(UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62))
