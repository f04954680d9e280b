"""Cache responses by request and by the generation of the league they are about.

A league's generation changes with each of its updates, so the responses of the generation before are never served
again. Responses that any league may change belong to `ALL_LEAGUES`, whose generation changes with every update.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from shared import rfc3339
from shared.ports.cache import Cache
from shared.web import single_flight
from shared.web.single_flight import SingleFlight

TTL_S = 900
ALL_LEAGUES = 0
"""In place of a league id: every league together."""
CACHE_IS_GONE = 0
"""The generation while the cache does not respond. Nothing is stored under it: it would be served much later."""


class CachedResponse(NamedTuple):
    """The JSON body of a response and the key it is stored under; without a key it is not stored."""

    body: bytes
    key: str


class ResponseCache:
    """Responses of all pods; of concurrent requests for one response one computes it."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._flights = SingleFlight[bytes]()

    def lookup(self, key: str, league_id: int) -> tuple[int, CachedResponse | None]:
        """Return the generation of a league (or `ALL_LEAGUES`) and the response that is stored under it.

        Call it before the data are read: a response computed while its league changes is then stale when it is stored.
        """
        generation, body = self._cache.get_with_generation(key, _generation_name(league_id))
        return generation, None if body is None else CachedResponse(body, _versioned(key, generation))

    def compute(self, key: str, generation: int, compute: Callable[[], bytes]) -> CachedResponse:
        """Compute a response and store it under this generation; concurrent callers share the computation."""
        if generation == CACHE_IS_GONE:
            return CachedResponse(self._flights.do(key, compute), "")
        versioned = _versioned(key, generation)
        return CachedResponse(self._get_or_compute(versioned, compute), versioned)

    def encoded(self, response: CachedResponse, media_type: str, encode: Callable[[], bytes]) -> bytes:
        """Return the response in another media type, which is stored beside the JSON."""
        return self._get_or_compute(f"{response.key} as {media_type}", encode) if response.key else encode()

    def permanent(self, key: str, compute: Callable[[], bytes]) -> bytes:
        """Return a value that no update changes."""
        return self._get_or_compute(key, compute)

    def invalidate(self, league_id: int) -> None:
        """Make every response about the league stale, and those about all leagues.

        Raises
        ------
        Unavailable : the cache does not respond.
        """
        self._cache.bump_generation(_generation_name(league_id))
        self._cache.bump_generation(_generation_name(ALL_LEAGUES))

    def _get_or_compute(self, key: str, compute: Callable[[], bytes]) -> bytes:
        return single_flight.compute_once(key, compute, cache=self._cache, flights=self._flights, ttl_s=TTL_S)


def response_key(resource: str, params: Mapping[str, Any]) -> str:
    """Return the cache key of a request. It is JSON, so no caller's text makes two requests look alike."""
    return f"query-stats:{json.dumps((resource, dict(params)), default=rfc3339.encode_json_default, sort_keys=True)}"


def _versioned(key: str, generation: int) -> str:
    return f"{key}:{generation}"


def _generation_name(league_id: int) -> str:
    return f"league:{league_id}"
