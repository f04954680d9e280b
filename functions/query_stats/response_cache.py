"""Answers kept for a while, keyed on everything that was asked and on the generation of its league."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared import rfc3339
from shared.ports.cache import Cache
from shared.web import json_text, single_flight
from shared.web.single_flight import SingleFlight

CACHE_TTL_S = 900
Question = tuple[object, ...]
"""Everything that was asked."""
ANY = 0
"""Stands for all leagues together: its generation changes with each of theirs."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The cache, and what this process is making for it."""

    cache: Cache
    flights: SingleFlight = field(default_factory=SingleFlight)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as JSON, and what it is kept under; `is_kept` is False while the cache is gone."""

    raw: bytes
    place: str
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the answers of one generation are kept; None for those that never change."""

    memory: Memory
    generation: int | None

    def remembered(self, question: Question, compute: Callable[[], dict[str, Any]]) -> Kept:
        """The answer kept here, or a fresh one; of many who ask one computes. Moments and dates become text."""
        place = self._place(question)
        is_kept = self.generation != 0  # 0: the cache is gone; when it is back this would meet answers of another time
        return Kept(_once(place, lambda: json_text.encode(compute()), self.memory, is_kept=is_kept), place, is_kept)

    def _place(self, question: Question) -> str:
        key = _key(question)
        return key if self.generation is None else f"{key}:{self.generation}"


def look(question: Question, league_id: int, memory: Memory) -> tuple[Shelf, Kept | None]:
    """Where answers about a league (or `ANY`) are kept as it is now, and the answer to a question if it is among them.

    To be done before the data is read, so that what is computed while the league changes is stale when it is stored.
    """
    key = _key(question)
    generation, raw = memory.cache.look(key, _generation(league_id))
    return Shelf(memory, generation), None if raw is None else Kept(raw, f"{key}:{generation}")


def for_ever(memory: Memory) -> Shelf:
    """The answers that never change."""
    return Shelf(memory, None)


def in_form(kept: Kept, memory: Memory, form: str, make: Callable[[], bytes]) -> bytes:
    """A kept answer in another form, which is kept beside it."""
    return _once(f"{kept.place} as {form}", make, memory, is_kept=kept.is_kept)


def forget(league_id: int, memory: Memory) -> None:
    """Make every answer about the league stale, and those about all leagues."""
    memory.cache.advance(_generation(league_id))
    memory.cache.advance(_generation(ANY))


def _once(place: str, make: Callable[[], bytes], memory: Memory, *, is_kept: bool) -> bytes:
    if not is_kept:
        return memory.flights.do(place, make)
    return single_flight.compute_once(place, make, cache=memory.cache, flights=memory.flights, ttl_s=CACHE_TTL_S)


def _key(question: Question) -> str:
    """As JSON, no text of a caller can make two questions look alike."""
    return f"query-stats:{json.dumps(question, default=rfc3339.in_json, sort_keys=True)}"


def _generation(league_id: int) -> str:
    return f"league:{league_id}"
