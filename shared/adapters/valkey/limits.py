"""Counts attempts and lists revoked sessions in a Valkey without eviction: what it forgot would be allowed again.

``limit:{login}:<name>``     sorted set of attempts by time in ms, at most as many as the limit allows, expires
``revoked:<session id>``     expires when the last access token of the session has

The common tag in braces keeps all counters of one attempt on one node of a cluster, since one script reads them.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from shared.adapters import tcp_probe
from shared.adapters.valkey.lazy_client import LazyValkey
from shared.domain.accounts.users import ACCESS_LIFETIME
from shared.errors import InvalidSettings, Overloaded, Unavailable
from shared.ports.accounts import Limit
from shared.settings.accounts import LimitSettings

_log = logging.getLogger(__name__)
_PROBE_TIMEOUT_S = 1.0

# KEYS: the counters. ARGV: now in ms, name of the attempt, then limit and window in ms of each counter.
# Answers 0 when the attempt was counted everywhere, else the ms until it would be, having counted it nowhere.
_TAKE = """
local now, wait = tonumber(ARGV[1]), 0
for i, key in ipairs(KEYS) do
  local at_most, window = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  if redis.call('ZCARD', key) >= at_most then
    local oldest = redis.call('ZRANGE', key, -at_most, -at_most, 'WITHSCORES')
    wait = math.max(wait, tonumber(oldest[2]) + window - now, 1)
  end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[2])
  redis.call('PEXPIRE', key, ARGV[2 + 2 * i])
end
return 0
"""


class ValkeyLimits:
    """Limits of attempts, and revoked sessions. Shared by all threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._valkey = LazyValkey(url)
        self._connected = False

    def take(self, limits: Sequence[Limit], *, now: datetime) -> str:
        """Count an attempt against every limit or, when one is reached, against none; the attempt's id."""
        attempt = secrets.token_hex(8)
        windows: list[Any] = [value for each in limits for value in (each.at_most, each.within_s * 1000)]
        with _map_errors():
            arguments = [int(now.timestamp() * 1000), attempt, *windows]
            wait_ms = self._valkey.run(_TAKE, [_key(each) for each in limits], arguments)
        if wait_ms:
            raise Overloaded("too many attempts; wait before the next", retry_after_s=wait_ms / 1000)
        return attempt

    def give_back(self, limits: Sequence[Limit], attempt: str) -> None:
        """Undo the count of an attempt. An outage is logged: the attempt then counts until its window has passed."""
        try:
            with _map_errors(), self._valkey.client.pipeline(transaction=False) as pipeline:
                for each in limits:
                    pipeline.zrem(_key(each), attempt)
                pipeline.execute()
        except Unavailable:
            _log.warning("the count of an attempt could not be undone", extra={"action": "limit_give_back"})

    def add(self, session_ids: Sequence[str]) -> None:
        """Revoke sessions: their access tokens are refused from now on."""
        with _map_errors(), self._valkey.client.pipeline(transaction=False) as pipeline:
            for session_id in session_ids:
                pipeline.set(f"revoked:{session_id}", b"", ex=int(ACCESS_LIFETIME.total_seconds()))
            pipeline.execute()

    def contains(self, session_id: str) -> bool:
        """Whether this session was revoked within the lifetime of an access token."""
        with _map_errors():
            return bool(self._valkey.client.exists(f"revoked:{session_id}"))

    def probe(self) -> None:
        """Return when Valkey answers, raise `Unavailable` otherwise; the first time a TCP connection is enough.

        Importing redis would cost a cold start its budget.
        """
        if not self._connected:
            tcp_probe.connect(self._url, default_port=6379, timeout_s=_PROBE_TIMEOUT_S)
            self._connected = True
            return
        with _map_errors():
            self._valkey.client.ping()


def revocations(settings: LimitSettings) -> ValkeyLimits | None:
    """Return the list of revoked sessions when `REVOKE_AT_ONCE` is set; `InvalidSettings` when it has no address."""
    if not settings.revoke_at_once:
        return None
    if not settings.url:
        raise InvalidSettings("LIMITS_URL: missing, and REVOKE_AT_ONCE needs it")
    return ValkeyLimits(settings.url)


def _key(limit: Limit) -> str:
    return f"limit:{{login}}:{limit.name}"


@contextmanager
def _map_errors() -> Iterator[None]:
    import redis

    try:
        yield
    except redis.RedisError as exc:
        raise Unavailable("the store of limits does not answer") from exc
