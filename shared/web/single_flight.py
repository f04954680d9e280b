"""Answers in the bytes that are sent: made once however many ask at the same time, by one process or by several."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING, Any

from shared import rfc3339

if TYPE_CHECKING:
    from shared.ports.cache import Cache

CLAIM_TTL_S = 10
"""Whoever claimed an answer and died holds others up for no longer than this."""
_PAUSES_S = (0.005, 0.01, 0.02, *(0.05,) * 100)
"""Between looks for an answer that another process makes; five seconds in all, then it is made here too."""
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=rfc3339.in_json, allow_nan=False).encode


def encoded(payload: Any) -> bytes:
    """JSON in one way; NaN and infinity are bugs, since JSON has neither."""
    # A caller's lone surrogate may come back in an error; JSON's own escape for it is what backslashreplace writes.
    return _encode(payload).encode(errors="backslashreplace")


class Flights:
    """What is being made in this process: who asks for it meanwhile gets the same, its failure too."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way: dict[str, Future[bytes]] = {}

    def join(self, key: str, make: Callable[[], bytes]) -> bytes:
        """What `make` returns; of those who ask at the same time one makes it."""
        with self._lock:
            first = key not in self._under_way
            flight = self._under_way.setdefault(key, Future())
        if not first:
            return flight.result()
        try:
            flight.set_result(make())
        except BaseException as exc:
            flight.set_exception(exc)
        finally:
            with self._lock:
                del self._under_way[key]
        return flight.result()


def once(
    key: str,
    make: Callable[[], bytes],
    *,
    cache: Cache,
    flights: Flights,
    ttl_s: int,
    sleep: Callable[[float], object] = time.sleep,
) -> bytes:
    """What is kept under `key`, else what `make` returns, which is kept then.

    Of all who ask at the same time one makes it: in a process by `flights`, among processes by a claim in the cache.
    Without the cache every process makes its own.
    """
    return flights.join(key, lambda: _kept(key, make, cache, ttl_s, sleep))


def _kept(key: str, make: Callable[[], bytes], cache: Cache, ttl_s: int, sleep: Callable[[float], object]) -> bytes:
    for pause_s in _PAUSES_S:
        found, is_ours = cache.claim(key, ttl_s=CLAIM_TTL_S)
        if found is not None:
            return found
        if is_ours:
            break
        sleep(pause_s)
    try:
        made = make()
    except BaseException:
        cache.give_up(key)
        raise
    cache.fulfil(key, made, ttl_s=ttl_s)
    return made
