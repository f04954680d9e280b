"""A small cache for the answers that hold as of an earlier day."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date, datetime
from typing import Generic, TypeVar

MAX_ENTRIES = 32
"""Entries held in memory, about 100 kB each."""

Key = tuple[int, date, datetime, str]
"""League, day, the league's last fit (a newer fit may know corrections), and the kind of answer."""

T = TypeVar("T")


class AsOfCache(Generic[T]):
    """Least-recently-used values. One thread computes while the others wait, so a burst of requests costs one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, T] = OrderedDict()

    def get_or_compute(self, key: Key, compute: Callable[[], T]) -> T:
        """Return the cached value of `key`, or compute and cache it; the least recently used entry makes room."""
        with self._lock:
            if key not in self._entries:
                self._entries[key] = compute()
            self._entries.move_to_end(key)
            while len(self._entries) > MAX_ENTRIES:
                self._entries.popitem(last=False)
            return self._entries[key]
