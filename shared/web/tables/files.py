"""Keeps written tables as nameless files of this process, bounded; the least recently used leave first.

A file loses its name as soon as it is written, so that a process that is killed leaves nothing on the disk.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from shared.web.single_flight import SingleFlight

MAX_BYTES = 536_870_912
MAX_FILES = 128
"""Each is an open descriptor."""
Write = Callable[[Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """A written table."""

    descriptor: int
    n_bytes: int
    etag: str
    """Of its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTable:
    """A written table, open for reading; it stays readable when the store forgets it."""

    file: PositionedFile
    n_bytes: int
    etag: str


class PositionedFile(io.RawIOBase):
    """A file read at a position of its own, while others read the same descriptor at theirs."""

    def __init__(self, descriptor: int, n_bytes: int) -> None:
        """Take over a descriptor, which closes with the file."""
        self._descriptor = descriptor
        self._n_bytes = n_bytes
        self._position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to an offset from the start, the position or the end."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._n_bytes}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Read as many bytes as fit."""
        content = os.pread(self._descriptor, len(buffer), self._position)
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def close(self) -> None:
        """Close the descriptor."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class TableFiles:
    """Tables by key. Of concurrent callers with one key the first writes."""

    def __init__(self, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES) -> None:
        """Take the bounds of what is kept; one file that is larger may be there alone."""
        self._max_bytes, self._max_files = max_bytes, max_files
        self._lock = Lock()
        self._flights = SingleFlight[None]()
        self._stored: OrderedDict[str, StoredTable] = OrderedDict()
        weakref.finalize(self, _close_all, self._stored)

    def open(self, key: str, write: Write) -> OpenTable:
        """Open the table of a key; `write` makes it at a path unless it is stored."""
        while (table := self._open_stored(key)) is None:
            self._flights.do(key, lambda: self._write(key, write))
        return table

    def forget(self, key: str) -> None:
        """Drop a table that must not be served again."""
        with self._lock:
            if (table := self._stored.pop(key, None)) is not None:
                os.close(table.descriptor)

    def _open_stored(self, key: str) -> OpenTable | None:
        with self._lock:
            table = self._stored.get(key)
            if table is None:
                return None
            self._stored.move_to_end(key)
            file = PositionedFile(os.dup(table.descriptor), table.n_bytes)
            return OpenTable(file=file, n_bytes=table.n_bytes, etag=table.etag)

    def _write(self, key: str, write: Write) -> None:
        table = _write_table(write)
        with self._lock:
            self._stored[key] = table
            self._evict()

    def _evict(self) -> None:
        n_bytes = sum(table.n_bytes for table in self._stored.values())
        while (n_bytes > self._max_bytes or len(self._stored) > self._max_files) and len(self._stored) > 1:
            _, table = self._stored.popitem(last=False)
            n_bytes -= table.n_bytes
            os.close(table.descriptor)


def _write_table(write: Write) -> StoredTable:
    with tempfile.TemporaryDirectory(prefix="touchline-table-") as folder:
        path = Path(folder) / "table"
        write(path)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    n_bytes = os.fstat(descriptor).st_size
    with closing(PositionedFile(os.dup(descriptor), n_bytes)) as file:
        etag = hashlib.file_digest(file, "sha256").hexdigest()[:32]
    return StoredTable(descriptor=descriptor, n_bytes=n_bytes, etag=etag)


def _close_all(stored: OrderedDict[str, StoredTable]) -> None:
    for table in stored.values():
        os.close(table.descriptor)
