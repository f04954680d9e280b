"""Favourites of a user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MAX_FAVOURITES = 500
"""Favourites of one user, all kinds together, so that one page holds them."""


class Kind(StrEnum):
    """A kind of favourite; ids are the source's and unique within a kind."""

    LEAGUE = "league"
    TEAM = "team"
    PLAYER = "player"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True, kw_only=True)
class Favourite:
    """A league, team, player or manager that a user likes."""

    kind: Kind
    id: int
    added_at: datetime
