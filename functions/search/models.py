"""What is found, as it is answered."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Hit(BaseModel):
    """One that fits; `id` leads to its resource under ``/stats``, `score` says how well its name fits, 0 to 1."""

    kind: Literal["league", "team", "player", "manager"]
    id: int
    name: str
    country: str
    position: str
    seasons: list[str]
    matches: int
    score: float


class Hits(BaseModel):
    """The best first; of equal ones those that more matches are stored about."""

    query: str
    items: list[Hit]
    next: str | None
