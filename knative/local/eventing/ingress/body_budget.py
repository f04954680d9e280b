"""Bounds the memory of requests that are not answered yet: past it senders are told to come back later.

Whatever waits to be appended to the log is such a request or a delivery, and deliveries are bounded by their windows;
so this bounds the queue of the log writer as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import Overloaded

MAX_BYTES = 64 * 1024 * 1024
PER_REQUEST_BYTES = 4096
"""Memory of a request besides its body."""
RETRY_AFTER_S = 1.0


class BodyBudget:
    """Counts the bytes of open requests."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._free_bytes = max_bytes

    @contextmanager
    def reserve(self, body_bytes: int) -> Iterator[None]:
        """Hold room for a request while it is open; `Overloaded` when there is none."""
        size = body_bytes + PER_REQUEST_BYTES
        if size > self._free_bytes:
            raise Overloaded("too much waits for the event log", retry_after_s=RETRY_AFTER_S)
        self._free_bytes -= size
        try:
            yield
        finally:
            self._free_bytes += size
