"""Packs raw responses of a source into one object: a line of JSON, then the bodies end to end, all under zstd.

Responses that came together lie together: they compress better, and the object store gets one request instead of a
hundred. A pack describes itself, so bodies can be found even without the index.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.errors import Corrupted

_LEVEL = 3
"""The level of zstd: match details shrink to a tenth; higher levels cost more time than they save bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One response as it came."""

    path: str
    status: int
    etag: str
    fetched_at: datetime
    content: bytes

    @property
    def sha256(self) -> bytes:
        """The digest of the content."""
        return hashlib.sha256(self.content).digest()


def pack(bodies: Sequence[Body]) -> bytes:
    """Return the bodies as one object; equal bodies always give equal bytes."""
    import pyarrow as pa

    entries = [
        {
            "path": body.path,
            "status": body.status,
            "etag": body.etag,
            "fetched_at": body.fetched_at.isoformat(),
            "n_bytes": len(body.content),
            "sha256": body.sha256.hex(),
        }
        for body in bodies
    ]
    head = json.dumps({"answers": entries}, separators=(",", ":")).encode()
    packed: bytes = pa.Codec("zstd", _LEVEL).compress(
        b"\n".join((head, b"".join(b.content for b in bodies))), asbytes=True
    )
    return packed


def unpack(packed: bytes) -> list[Body]:
    """Return the bodies of a pack, each compared with its digest.

    Raises
    ------
    Corrupted : it is not a pack, is cut off, or a body differs from the one that was packed.
    """
    import pyarrow as pa

    try:
        head, _, rest = pa.CompressedInputStream(pa.BufferReader(packed), "zstd").read().partition(b"\n")
        return list(_read_bodies(json.loads(head)["answers"], rest))
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as exc:
        raise Corrupted("this is not a pack of raw responses") from exc


def _read_bodies(entries: list[dict[str, Any]], content: bytes) -> Iterator[Body]:
    at = 0
    for entry in entries:
        yield _read_body(entry, content[at : at + entry["n_bytes"]])
        at += entry["n_bytes"]
    if at != len(content):
        raise Corrupted("a pack of raw responses holds more or fewer bytes than it states")


def _read_body(entry: dict[str, Any], content: bytes) -> Body:
    body = Body(
        path=entry["path"],
        status=entry["status"],
        etag=entry["etag"],
        fetched_at=datetime.fromisoformat(entry["fetched_at"]),
        content=content,
    )
    if body.sha256.hex() != entry["sha256"]:
        raise Corrupted(f"the raw response of {body.path} differs from the one that was packed")
    return body
