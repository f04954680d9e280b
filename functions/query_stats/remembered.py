"""Answers kept for a while, keyed on everything that was asked and on the generation of its league."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared import answers, rfc3339
from shared.answers import Flights
from shared.ports import Cache

CACHE_TTL_S = 900
ANY = 0
"""Stands for all leagues together: its generation changes with each of theirs."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The cache, and what this process is making for it."""

    cache: Cache
    flights: Flights = field(default_factory=Flights)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as JSON, and what it is kept under; `is_kept` is False while the cache is gone."""

    raw: bytes
    place: str
    is_kept: bool = True


def remembered(
    asked: tuple[object, ...], league_id: int | None, memory: Memory, compute: Callable[[], dict[str, Any]]
) -> Kept:
    """The cached answer of this generation of the league (or of `ANY`), or a fresh one; of many who ask one computes.

    The generation is read before the data, so an answer computed while the league changes is already stale when it is
    stored. What never changes has no league and no generation. Moments and dates become text.
    """
    generation = None if league_id is None else memory.cache.generation(_generation(league_id))
    place = _place(asked if generation is None else (*asked, generation))
    is_kept = generation != 0  # 0: the cache is gone, and when it is back this would meet answers of another time
    return Kept(_once(place, lambda: answers.encoded(compute()), memory, is_kept=is_kept), place, is_kept)


def in_form(kept: Kept, memory: Memory, form: str, make: Callable[[], bytes]) -> bytes:
    """A kept answer in another form, which is kept beside it."""
    return _once(f"{kept.place} as {form}", make, memory, is_kept=kept.is_kept)


def forget(league_id: int, memory: Memory) -> None:
    """Make every answer about the league stale, and those about all leagues."""
    memory.cache.advance(_generation(league_id))
    memory.cache.advance(_generation(ANY))


def _once(place: str, make: Callable[[], bytes], memory: Memory, *, is_kept: bool) -> bytes:
    if not is_kept:
        return memory.flights.join(place, make)
    return answers.once(place, make, cache=memory.cache, flights=memory.flights, ttl_s=CACHE_TTL_S)


def _place(asked: tuple[object, ...]) -> str:
    """The cache key of a question. As JSON, no text of a caller can make two questions look alike."""
    return f"query-stats:{json.dumps(asked, default=rfc3339.in_json, sort_keys=True)}"


def _generation(league_id: int) -> str:
    return f"league:{league_id}"
