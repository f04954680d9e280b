"""A Valkey client that is created on first use: importing redis would cost a cold start its budget."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shared import lazy

if TYPE_CHECKING:
    import redis
    from redis.commands.core import Script
else:
    redis = lazy.Module("redis")

_TIMEOUT_S = 0.5


class LazyValkey:
    """Shared by all threads; connects on first use, and again after a restart of the server."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._client: redis.Redis | None = None
        self._scripts: dict[str, Script] = {}

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | bytes]) -> Any:
        """Run a Lua script, which is sent to the server once, and return its result; errors as those of `client`."""
        registered = self._scripts.get(script)
        if registered is None:
            registered = self._scripts[script] = self.client.register_script(script)
        return registered(keys, arguments)

    @property
    def client(self) -> redis.Redis:
        """The client; a command may fail with any `redis.RedisError`, after half a second at most per try."""
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        with self._lock:
            if self._client is None:
                self._client = redis.Redis.from_url(
                    self._url,
                    socket_timeout=_TIMEOUT_S,
                    socket_connect_timeout=_TIMEOUT_S,
                    health_check_interval=30,
                    # Once more at once, since a kept connection may have died with the server's last start.
                    retry=Retry(NoBackoff(), 1),
                )
                # Its pool is a cycle: where that is thrown away, an open socket may go first, and complains.
                weakref.finalize(self, self._client.close)
            return self._client
