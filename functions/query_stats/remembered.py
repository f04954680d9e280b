"""Answers kept for a while, keyed on everything that was asked and on the generation of its league."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from shared import rfc3339
from shared.ports import Cache

CACHE_TTL_S = 900
ANY = 0
"""Stands for all leagues together: its generation changes with each of theirs."""


def remembered(
    asked: tuple[object, ...], league_id: int | None, cache: Cache, compute: Callable[[], dict[str, Any]]
) -> bytes:
    """The cached answer, as JSON, of this generation of the league (or of `ANY`), or a fresh one.

    The generation is read before the data, so an answer computed while the league changes is already stale when it is
    stored. What never changes has no league and no generation. Moments and dates become text.
    """
    generation = None if league_id is None else cache.generation(_generation(league_id))
    is_kept = generation != 0  # 0: the cache is gone
    place = _place(asked if generation is None else (*asked, generation))
    found = cache.get(place) if is_kept else None
    if found is None:
        found = json.dumps(compute(), ensure_ascii=False, default=rfc3339.in_json, allow_nan=False).encode()
        if is_kept:
            cache.put(place, found, ttl_s=CACHE_TTL_S)
    return found


def forget(league_id: int, cache: Cache) -> None:
    """Make every answer about the league stale, and those about all leagues."""
    cache.advance(_generation(league_id))
    cache.advance(_generation(ANY))


def _place(asked: tuple[object, ...]) -> str:
    """The cache key of a question. As JSON, no text of a caller can make two questions look alike."""
    return f"query-stats:{json.dumps(asked, default=rfc3339.in_json)}"


def _generation(league_id: int) -> str:
    return f"league:{league_id}"
