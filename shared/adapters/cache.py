"""Valkey as a cache that may forget: a silent one never fails a read, and no eviction can bring a stale answer back."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from shared.adapters.lazy_valkey import LazyValkey
from shared.errors import Unavailable

_log = logging.getLogger(__name__)
_GENERATION_TTL_S = 7 * 24 * 3600


class ValkeyCache:
    """Prefixes: keys ``cache:``, claims ``claim:``, generations ``gen:``.

    Shared by all threads; connects on first use.
    """

    def __init__(self, url: str) -> None:
        self._valkey = LazyValkey(url)

    def get(self, key: str) -> bytes | None:
        """The value, or None when absent or the cache is gone."""
        with self._tolerated("get"):
            value = self._valkey.client.get(f"cache:{key}")
            return value if isinstance(value, bytes) else None
        return None

    def put(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """Remember for at most `ttl_s` seconds."""
        with self._tolerated("put"):
            self._valkey.client.set(f"cache:{key}", value, ex=ttl_s)

    def claim(self, key: str, *, ttl_s: int) -> tuple[bool, bytes | None]:
        """Whether it is on the caller to make the value of `key` (yes when the cache is gone), and the value if any."""
        with self._tolerated("claim"):
            together = self._valkey.client.pipeline(transaction=False)
            together.set(f"claim:{key}", b"1", nx=True, ex=ttl_s)
            together.get(f"cache:{key}")
            is_given, value = together.execute()
            return bool(is_given), value if isinstance(value, bytes) else None
        return True, None

    def fulfil(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """Remember for at most `ttl_s` seconds; then whoever comes next may claim `key`."""
        with self._tolerated("fulfil"):
            together = self._valkey.client.pipeline(transaction=False)
            together.set(f"cache:{key}", value, ex=ttl_s)
            together.delete(f"claim:{key}")
            together.execute()

    def give_up(self, key: str) -> None:
        """Whoever comes next may claim `key`.

        A claim that outlived its time may be another's by now; then one value is made twice, which harms nobody.
        """
        with self._tolerated("give_up"):
            self._valkey.client.delete(f"claim:{key}")

    def generation(self, name: str) -> int:
        """The current generation of a named set; 0 when the cache is gone.

        Generations are random, never counted: a counter that was evicted would start again and could meet the number
        an old entry was stored under.
        """
        with self._tolerated("generation"):
            fresh = secrets.randbits(62) | 1
            found = self._valkey.client.set(f"gen:{name}", fresh, nx=True, get=True, ex=_GENERATION_TTL_S)
            return int(found) if isinstance(found, bytes | str) else fresh
        return 0

    def advance(self, name: str) -> None:
        """Give the set another generation; `Unavailable` when the cache is gone, since stale answers would remain."""
        import redis

        try:
            self._valkey.client.set(f"gen:{name}", secrets.randbits(62) | 1, ex=_GENERATION_TTL_S)
        except redis.RedisError as exc:
            raise Unavailable("the cache does not answer") from exc

    def probe(self) -> None:
        """Return when the cache answers, raise `Unavailable` otherwise."""
        import redis

        try:
            self._valkey.client.ping()
        except redis.RedisError as exc:
            raise Unavailable("the cache does not answer") from exc

    @contextmanager
    def _tolerated(self, action: str) -> Iterator[None]:
        """Log trouble and go on: whoever asks goes to the source instead."""
        import redis

        try:
            yield
        except redis.RedisError as exc:
            _log.warning("cache is silent", extra={"action": f"cache_{action}", "fault": type(exc).__name__})
