"""One supervisor per data directory, held by the kernel so that even a kill -9 gives it back."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from shared.errors import Conflict


class DataLock:
    """An exclusive lock on a data directory; the file names its holder."""

    def __init__(self, data: Path) -> None:
        self._path = data / "lock"
        self._handle = -1

    def take(self) -> None:
        """Hold the directory; `Conflict` names the process that has it."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            os.close(handle)
            raise Conflict(
                f"{self._path.parent} is in use by process {holder}; stop it or name another --data"
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        self._handle = handle

    def release(self) -> None:
        """Give it back."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
