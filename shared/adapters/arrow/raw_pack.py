"""Raw answers of a source in one object: a line that tells what follows, then the bodies end to end, all under zstd.

Answers that came together are kept together: they compress better, and an object store is asked once instead of a
hundred times. A pack explains itself, so bodies can be found again even without the index.
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
"""Of zstd: match details shrink to a tenth; higher levels cost more time than they save bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One answer as it came."""

    path: str
    status: int
    etag: str
    fetched_at: datetime
    content: bytes

    @property
    def sha256(self) -> bytes:
        """Of the content."""
        return hashlib.sha256(self.content).digest()


def pack(bodies: Sequence[Body]) -> bytes:
    """The bodies as one object; the same ones always give the same bytes."""
    import pyarrow as pa

    told = [
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
    head = json.dumps({"answers": told}, separators=(",", ":")).encode()
    packed: bytes = pa.Codec("zstd", _LEVEL).compress(
        b"\n".join((head, b"".join(b.content for b in bodies))), asbytes=True
    )
    return packed


def unpack(packed: bytes) -> list[Body]:
    """The bodies again, each compared with its digest.

    Raises
    ------
    Corrupted : it is no pack, is cut off, or a body is not the one that was put in.
    """
    import pyarrow as pa

    try:
        head, _, rest = pa.CompressedInputStream(pa.BufferReader(packed), "zstd").read().partition(b"\n")
        return list(_bodies(json.loads(head)["answers"], rest))
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as exc:
        raise Corrupted("no pack of raw answers") from exc


def _bodies(told: list[dict[str, Any]], rest: bytes) -> Iterator[Body]:
    at = 0
    for one in told:
        yield _body(one, rest[at : at + one["n_bytes"]])
        at += one["n_bytes"]
    if at != len(rest):
        raise Corrupted("a pack of raw answers holds more, or less, than it tells")


def _body(told: dict[str, Any], content: bytes) -> Body:
    body = Body(
        path=told["path"],
        status=told["status"],
        etag=told["etag"],
        fetched_at=datetime.fromisoformat(told["fetched_at"]),
        content=content,
    )
    if body.sha256.hex() != told["sha256"]:
        raise Corrupted(f"the raw answer of {body.path} is not what was kept")
    return body
