"""Ends the children of a supervisor that was killed, on systems whose kernel does not.

Linux sends a signal to children whose parent exits (`k8s.local.supervisor.process`). Elsewhere a small process of its
own reads from a pipe which children there are; when the supervisor exits, however it does, the pipe ends, and the guard
sends each process group its signal. Standard library only: it starts in the time of a bare interpreter.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable


class OrphanGuard:
    """The guard process, as its supervisor sees it."""

    def __init__(self) -> None:
        """Start the guard in a session of its own, so that a signal to the supervisor's group spares it."""
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def protect(self, pid: int, number: signal.Signals) -> None:
        """Send the group of this child a signal once the supervisor is gone."""
        self._write(f"{pid} {int(number)}")

    def release(self, pid: int) -> None:
        """Forget a child that has exited: its pid may be used again."""
        self._write(f"{pid} 0")

    def close(self) -> None:
        """End the guard; children that are still protected get their signals."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _write(self, line: str) -> None:
        with self._lock, contextlib.suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.write(f"{line}\n")
                self._process.stdin.flush()


def remaining(lines: Iterable[str]) -> dict[int, int]:
    """Return the signal of each child that is still protected when the lines end."""
    signals: dict[int, int] = {}
    for line in lines:
        pid, number = map(int, line.split())
        if number:
            signals[pid] = number
        else:
            signals.pop(pid, None)
    return signals


def main() -> int:
    """Read until the supervisor is gone, then signal its children."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for pid, number in remaining(sys.stdin).items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)
    return 0


if __name__ == "__main__":
    sys.exit(main())
