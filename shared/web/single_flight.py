"""Computes a value once however many request it at the same time, in one process or in several."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from shared.ports.cache import Cache

Value = TypeVar("Value")
CLAIM_TTL_S = 10
"""A process that claimed a value and died delays the others no longer than this."""
_PAUSES_S = (0.005, 0.01, 0.02, *(0.05,) * 100)
"""Between looks for a value that another process computes; after five seconds in all it is computed here too."""


class SingleFlight(Generic[Value]):
    """The computations in progress in this process: later callers share the result of the first, or its failure."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._in_progress: dict[str, Future[Value]] = {}

    def do(self, key: str, compute: Callable[[], Value]) -> Value:
        """Return what `compute` returns; of all concurrent callers with one key, the first computes it."""
        with self._lock:
            first = key not in self._in_progress
            flight = self._in_progress.setdefault(key, Future())
        if not first:
            return flight.result()
        try:
            flight.set_result(compute())
        except BaseException as exc:
            flight.set_exception(exc)
        finally:
            with self._lock:
                del self._in_progress[key]
        return flight.result()


def compute_once(
    key: str,
    compute: Callable[[], bytes],
    *,
    cache: Cache,
    flights: SingleFlight[bytes],
    ttl_s: int,
    sleep: Callable[[float], object] = time.sleep,
) -> bytes:
    """Return the cached value of `key`, or compute and cache it.

    Of all concurrent callers one computes: in a process by `flights`, among processes by a claim in the cache. While
    the cache does not respond, every process computes its own.
    """
    return flights.do(key, lambda: _compute_with_claim(key, compute, cache, ttl_s, sleep))


def _compute_with_claim(
    key: str, compute: Callable[[], bytes], cache: Cache, ttl_s: int, sleep: Callable[[float], object]
) -> bytes:
    for pause_s in _PAUSES_S:
        cached, is_ours = cache.claim(key, ttl_s=CLAIM_TTL_S)
        if cached is not None:
            return cached
        if is_ours:
            break
        sleep(pause_s)
    try:
        value = compute()
    except BaseException:
        cache.release(key)
        raise
    cache.set_and_release(key, value, ttl_s=ttl_s)
    return value
