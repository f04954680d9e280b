"""Port of the cache that may forget."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Remembers answers and may forget them at any time; a silent cache never fails a read."""

    def get(self, key: str) -> bytes | None:
        """The value, or None when absent or the cache is gone."""

    def put(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """Remember for at most `ttl_s` seconds; silently not at all when the cache is gone."""

    def get_with_generation(self, key: str, name: str) -> tuple[int, bytes | None]:
        """The current generation of a named set, 0 when unknown; and the value of ``<key>:<generation>``, if any."""

    def claim(self, key: str, *, ttl_s: int) -> tuple[bytes | None, bool]:
        """The value, if any; else whether it is now on the caller to make it, and on nobody else for `ttl_s` seconds.

        It is when the cache is gone: then everybody makes their own.
        """

    def set_and_release(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """`put`, then `release`."""

    def release(self, key: str) -> None:
        """Whoever comes next may claim `key`; silently nothing when the cache is gone."""

    def bump_generation(self, name: str) -> None:
        """Invalidate the set: its next generation differs. Raises `Unavailable` when the cache is gone."""
