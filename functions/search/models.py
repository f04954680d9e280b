"""Models of search results."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Hit(BaseModel):
    """A search result: `id` is that of its resource under ``/stats``, `score` rates the match of the name, 0 to 1."""

    kind: Literal["league", "team", "player", "manager"]
    id: int
    name: str
    country: str
    position: str
    seasons: list[str]
    matches: int
    score: float


class Hits(BaseModel):
    """Search results, the best first; of equal scores the one with more stored matches."""

    query: str
    items: list[Hit]
    next: str | None
