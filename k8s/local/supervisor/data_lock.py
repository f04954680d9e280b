"""Lock of a data directory: one supervisor at a time. The kernel releases it even after kill -9."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from shared.errors import Conflict


class DataLock:
    """An exclusive lock on a data directory; the file holds the pid of its owner."""

    def __init__(self, data: Path) -> None:
        self._path = data / "lock"
        self._handle = -1

    def acquire(self) -> None:
        """Lock the directory; `Conflict` names the process that holds it."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            os.close(handle)
            raise Conflict(
                f"{self._path.parent} is in use by process {holder}; stop it or pass another --data"
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        self._handle = handle

    def release(self) -> None:
        """Release the directory."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
