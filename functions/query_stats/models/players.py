"""Players as they are answered."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel


class PlayerSeason(BaseModel):
    """What a player did for one team in one season; `totals` by the source's names."""

    league_id: int
    season_id: int
    team_id: int
    appearances: int
    starts: int
    total_minutes: int | None
    mean_rating: float | None
    totals: dict[str, float]


class WholePlayer(BaseModel):
    """One player and his seasons."""

    player_id: int
    name: str
    short_name: str
    position: str
    country: str
    born_on: date | None
    height_cm: int | None
    seasons: list[PlayerSeason]
