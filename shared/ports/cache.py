"""Port of the cache that may forget."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Stores values and may forget them at any time; its outage never fails a read."""

    def get(self, key: str) -> bytes | None:
        """Return the value, or None when it is absent or the cache is away."""

    def put(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """Store a value for at most `ttl_s` seconds; nothing happens when the cache is away."""

    def get_with_generation(self, key: str, name: str) -> tuple[int, bytes | None]:
        """Return a set's current generation, 0 when unknown, and the value of ``<key>:<generation>``, if any."""

    def claim(self, key: str, *, ttl_s: int) -> tuple[bytes | None, bool]:
        """Return the value, if any; else whether the caller, and nobody else for `ttl_s` seconds, has to compute it.

        When the cache is away, every caller has to.
        """

    def set_and_release(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """`put`, then `release`."""

    def release(self, key: str) -> None:
        """End the claim of `key`; nothing happens when the cache is away."""

    def bump_generation(self, name: str) -> None:
        """Invalidate a set by giving it another generation; `Unavailable` when the cache is away."""
