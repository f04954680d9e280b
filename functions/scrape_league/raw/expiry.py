"""Expiry of raw responses after a number of days, where one is configured; responses that are still needed stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from shared.ports.clock import Clock
from shared.ports.objects import Objects

_BATCH = 200
"""Objects: a worker that stops waits for at most so many deletions."""


class ExpiryStore(Protocol):
    """Index of raw responses, as expiry uses it."""

    def forget_old(self, before: datetime, limit: int) -> int:
        """Remove unneeded responses fetched before a time from the index; return how many objects held them."""

    def list_deletable(self, limit: int) -> list[str]:
        """Return objects that hold only removed responses and may still be in the object store."""

    def remove_deleted(self, objects: Sequence[str]) -> None:
        """Record that these objects are deleted."""


def expire_responses(
    keep_days: int,
    store: ExpiryStore,
    objects: Objects,
    clock: Clock,
    *,
    should_continue: Callable[[], bool] = lambda: True,
) -> int:
    """Delete objects of responses older than `keep_days` (0: none); return how many.

    The index forgets a response before its body is deleted, so it never names a body that is gone. A process killed
    between the two steps leaves the object to the next run.

    Raises
    ------
    Unavailable : a store does not answer; the next run continues here.
    """
    if not keep_days:
        return 0
    before, n_deleted = clock.now() - timedelta(days=keep_days), 0
    while should_continue():
        store.forget_old(before, _BATCH)
        names = store.list_deletable(_BATCH)
        if not names:
            break
        for name in names:
            objects.delete(name)
        store.remove_deleted(names)
        n_deleted += len(names)
    return n_deleted
