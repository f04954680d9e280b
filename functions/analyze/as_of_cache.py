"""What would have been said on a day gone by: the same analysis on the results before it, kept for who asks again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date, datetime
from typing import Generic, TypeVar

_KEPT = 32
"""Answers of a league and day held in memory, some 100 kB each."""

Key = tuple[int, date, datetime, str]
"""League, day, when the league was last fitted (a newer fit may know corrections), and what was asked."""

T = TypeVar("T")


class Past(Generic[T]):
    """What holds as of a day; one thread computes while others wait, so that a burst costs one."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._made: OrderedDict[Key, T] = OrderedDict()

    def made(self, key: Key, compute: Callable[[], T]) -> T:
        """What is kept of this key, or made anew; the one asked for longest ago makes room."""
        with self._turn:
            if key not in self._made:
                self._made[key] = compute()
            self._made.move_to_end(key)
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
            return self._made[key]
