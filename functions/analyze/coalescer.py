"""One thread of a process does the work that several ask for."""

from __future__ import annotations

import threading


class Turn:
    """Lets one thread of a process work for all: who comes meanwhile leaves word and need not wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = self._word = False

    def take(self) -> bool:
        """Leave word; True when nobody is at work, and the caller is now."""
        with self._lock:
            self._word, busy = True, self._busy
            self._busy = True
            return not busy

    def again(self) -> bool:
        """Whether word was left since this was asked last; if not, the turn is over."""
        with self._lock:
            self._busy, self._word = self._word, False
            return self._busy

    def drop(self) -> None:
        """Give the turn up in the middle of the work."""
        with self._lock:
            self._busy = False
