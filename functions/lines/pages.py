"""Pages of lines as bytes, cached in the process until a line changes, an event begins or a confirmation runs out.

One short read says whether anything changed since a page was made, so a cached page is never old: it is compared with
the database, not with a clock.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

Key = tuple[str, str, str, int]
"""What is shown, league, cursor and limit."""
PAGES_AT_MOST = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of lines."""

    body: bytes
    ends_at: datetime | None
    """When it changes although no line does: an event begins. None: never."""


class CachedPages:
    """The pages last asked for. Shared by all threads."""

    def __init__(self, pages_at_most: int = PAGES_AT_MOST) -> None:
        self._at_most = pages_at_most
        self._lock = threading.Lock()
        self._pages: OrderedDict[Key, tuple[int, Page]] = OrderedDict()

    def get_or_make(self, key: Key, generation: int, now: datetime, make: Callable[[], Page]) -> bytes:
        """Return a page that was made under this generation and still holds, or make it.

        Parameters
        ----------
        generation : read before the page is made: what changes meanwhile makes it old at the next look.
        """
        with self._lock:
            kept = self._pages.get(key)
            if kept is not None and kept[0] == generation and (kept[1].ends_at is None or now < kept[1].ends_at):
                self._pages.move_to_end(key)
                return kept[1].body
        page = make()
        with self._lock:
            self._pages[key] = (generation, page)
            self._pages.move_to_end(key)
            while len(self._pages) > self._at_most:
                self._pages.popitem(last=False)
        return page.body
