"""What a user likes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MAX_FAVOURITES = 500
"""Of one user, all kinds together: a page holds them."""


class Kind(StrEnum):
    """What can be liked; ids are the source's and unique within a kind."""

    LEAGUE = "league"
    TEAM = "team"
    PLAYER = "player"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True, kw_only=True)
class Favourite:
    """One thing a user likes."""

    kind: Kind
    id: int
    added_at: datetime
