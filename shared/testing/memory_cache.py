"""A cache in a dict; `gone` makes it silent."""

from __future__ import annotations

import itertools

from shared.errors import Unavailable


class MemoryCache:
    """Keeps everything until told otherwise; times to live are not counted."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.gone = False
        self._generations: dict[str, int] = {}
        self._numbers = itertools.count(1)

    def get(self, key: str) -> bytes | None:
        """The value, or None when absent or the cache is gone."""
        return None if self.gone else self.values.get(key)

    def put(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """Remember."""
        if not self.gone:
            self.values[key] = value

    def generation(self, name: str) -> int:
        """The current generation; 0 when the cache is gone."""
        return 0 if self.gone else self._generations.setdefault(name, next(self._numbers))

    def advance(self, name: str) -> None:
        """Give the set another generation."""
        if self.gone:
            raise Unavailable("the cache does not answer")
        self._generations[name] = next(self._numbers)
