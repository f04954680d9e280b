"""Where files read from an address are kept, and what is known of them, in Postgres and the object store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.arrow import raw_pack
from shared.adapters.arrow.raw_pack import Body
from shared.adapters.postgres.statements import Statements
from shared.adapters.sources.downloads import Edition
from shared.ports.clock import Clock
from shared.ports.objects import Objects

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Postgres

_SQL = Statements(Path(__file__).with_name("source_files.sql"))


class PostgresEditions:
    """What was read of one source."""

    def __init__(self, database: Postgres, source: str) -> None:
        self._database, self._source = database, source

    def known(self, address: str) -> Edition | None:
        """The edition read last, or None."""
        return _SQL.row(self._database, Edition, "known", source=self._source, address=address)

    def remember(self, address: str, edition: Edition, *, n_bytes: int, read_at: datetime) -> None:
        """This one was read last."""
        read = {"source": self._source, "address": address, "n_bytes": n_bytes, "read_at": read_at}
        _SQL.execute(self._database, "remember", **read, **asdict(edition))


def giver(objects: Objects) -> Callable[[str], bytes]:
    """Gives kept files back; `Corrupted` when one is not what was kept."""
    return lambda name: raw_pack.unpack(objects.get(name))[0].content


def keeper(objects: Objects, source: str, clock: Clock) -> Callable[[str, bytes], str]:
    """Keeps files as they came, in packs of one, as raw answers are kept."""

    def keep(address: str, content: bytes) -> str:
        now = clock.now()
        packed = raw_pack.pack([Body(path=address, status=200, etag="", fetched_at=now, content=content)])
        name = f"raw/{source}/{now:%Y-%m-%d}/{hashlib.sha256(packed).hexdigest()}"
        objects.put(name, packed)
        return name

    return keep
