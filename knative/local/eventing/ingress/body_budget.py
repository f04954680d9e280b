"""Bounds what the door has let in and not yet answered: past it senders are told to come again, memory does not grow.

Whatever waits to be appended is either such a request or a delivery, and those are bounded by the windows, so this
bounds the writer's queue as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import Overloaded

MAX_BYTES = 64 * 1024 * 1024
PER_REQUEST_BYTES = 4096
"""What a request takes beside its body."""
COME_AGAIN_AFTER_S = 1.0


class BodyBudget:
    """Counts the bytes that are inside."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._left = max_bytes

    @contextmanager
    def reserve(self, body_bytes: int) -> Iterator[None]:
        """Keep room for a request and its body while it is inside; `Overloaded` when there is none."""
        size = body_bytes + PER_REQUEST_BYTES
        if size > self._left:
            raise Overloaded("too much waits for the event log", retry_after_s=COME_AGAIN_AFTER_S)
        self._left -= size
        try:
            yield
        finally:
            self._left += size
