"""A cache in Valkey: its outage never fails a read, and no eviction brings a stale value back."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from shared.adapters.valkey.lazy_client import LazyValkey
from shared.errors import Unavailable

_log = logging.getLogger(__name__)
_GENERATION_TTL_S = 7 * 24 * 3600

_GET_WITH_GENERATION = """
local generation = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'GET', 'EX', ARGV[2]) or ARGV[1]
return {generation, redis.call('GET', KEYS[2] .. ':' .. generation)}
"""
_CLAIM = """
local value = redis.call('GET', KEYS[1])
return {value, not value and redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1]) and 1 or 0}
"""
_SET_AND_RELEASE = """
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('DEL', KEYS[2])
"""
"""Scripts of one round trip each, as a round trip is most of the cost of a cached response."""


class ValkeyCache:
    """A cache whose keys begin with ``cache:``, claims with ``claim:`` and generations with ``gen:``.

    Shared by all threads; connects on first use.
    """

    def __init__(self, url: str) -> None:
        self._valkey = LazyValkey(url)

    def get(self, key: str) -> bytes | None:
        """Return the value, or None when it is absent or the cache is away."""
        with self._log_outage("get"):
            value = self._valkey.client.get(f"cache:{key}")
            return value if isinstance(value, bytes) else None
        return None

    def put(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """Store a value for at most `ttl_s` seconds."""
        with self._log_outage("put"):
            self._valkey.client.set(f"cache:{key}", value, ex=ttl_s)

    def get_with_generation(self, key: str, name: str) -> tuple[int, bytes | None]:
        """Return a set's current generation, 0 when the cache is away, and the value of ``<key>:<generation>``.

        Generations are random, never counted: a counter that was evicted would start again and could meet the number
        an old entry was stored under.
        """
        with self._log_outage("get_with_generation"):
            fresh = secrets.randbits(62) | 1
            generation, value = self._valkey.run(
                _GET_WITH_GENERATION, [f"gen:{name}", f"cache:{key}"], [fresh, _GENERATION_TTL_S]
            )
            return int(generation), value
        return 0, None

    def claim(self, key: str, *, ttl_s: int) -> tuple[bytes | None, bool]:
        """Return the value, if any; else whether the caller has to compute it, as always when the cache is away."""
        with self._log_outage("claim"):
            value, is_ours = self._valkey.run(_CLAIM, [f"cache:{key}", f"claim:{key}"], [ttl_s])
            return value, bool(is_ours)
        return None, True

    def set_and_release(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """Store a value for at most `ttl_s` seconds and end the claim of `key`."""
        with self._log_outage("set_and_release"):
            self._valkey.run(_SET_AND_RELEASE, [f"cache:{key}", f"claim:{key}"], [value, ttl_s])

    def release(self, key: str) -> None:
        """End the claim of `key`.

        A claim that outlived its time may be another caller's by now; then one value is computed twice.
        """
        with self._log_outage("release"):
            self._valkey.client.delete(f"claim:{key}")

    def bump_generation(self, name: str) -> None:
        """Give the set another generation; `Unavailable` when the cache is away, since stale values would remain."""
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
    def _log_outage(self, action: str) -> Iterator[None]:
        """Log an outage and go on: the caller reads from the source instead."""
        import redis

        try:
            yield
        except redis.RedisError as exc:
            _log.warning("the cache does not answer", extra={"action": f"cache_{action}", "fault": type(exc).__name__})
