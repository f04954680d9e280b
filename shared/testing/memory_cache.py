"""A cache in a dict; `gone` makes it silent."""

from __future__ import annotations

import itertools
import threading

from shared.errors import Unavailable


class MemoryCache:
    """Keeps everything until told otherwise; times to live are not counted."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.gone = False
        self.claims: set[str] = set()
        self._generations: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The value, or None when absent or the cache is gone."""
        return None if self.gone else self.values.get(key)

    def put(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """Remember."""
        if not self.gone:
            self.values[key] = value

    def get_with_generation(self, key: str, name: str) -> tuple[int, bytes | None]:
        """The current generation, 0 when the cache is gone, and the value of the key in it, if any."""
        generation = 0 if self.gone else self._generations.setdefault(name, next(self._numbers))
        return generation, self.get(f"{key}:{generation}")

    def claim(self, key: str, *, ttl_s: int) -> tuple[bytes | None, bool]:
        """The value, if any; else whether nobody else has claimed it, as nobody has when the cache is gone."""
        with self._lock:
            found = self.get(key)
            is_ours = found is None and (self.gone or key not in self.claims)
            if is_ours:
                self.claims.add(key)
            return found, is_ours

    def set_and_release(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """Remember; whoever comes next may claim it."""
        with self._lock:
            self.put(key, value, ttl_s=ttl_s)
            self.release(key)

    def release(self, key: str) -> None:
        """Whoever comes next may claim it."""
        self.claims.discard(key)

    def bump_generation(self, name: str) -> None:
        """Give the set another generation."""
        if self.gone:
            raise Unavailable("the cache does not answer")
        self._generations[name] = next(self._numbers)
