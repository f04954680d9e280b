"""Players as they are answered."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel

from functions.query_stats.models.matches import Shot
from functions.query_stats.models.provenance import Provenance
from functions.query_stats.models.summaries import PlayerSums


class PlayerSeason(Provenance):
    """What a player did for one team in one season; `totals` by the source's names."""

    league_id: int
    season_id: int
    team_id: int
    appearances: int
    starts: int
    total_minutes: int | None
    mean_rating: float | None
    totals: dict[str, float]


class WholePlayer(Provenance):
    """One player and his seasons."""

    player_id: int
    name: str
    short_name: str
    position: str
    country: str
    born_on: date | None
    height_cm: int | None
    seasons: list[PlayerSeason]


class PlayerSpan(PlayerSums):
    """A season's sums; between two dates there is neither league nor season."""

    league: int | None
    season: int | None
    per_match: dict[str, float]


class PlayerStats(BaseModel):
    """The newest season first."""

    player_id: int
    items: list[PlayerSpan]


class PlayerMatch(Provenance):
    """A match whose squad he was in; `minutes` is null where he stayed on the bench."""

    match_id: int
    league_id: int
    season_id: int
    starts_at: datetime
    home_id: int
    home_name: str
    away_id: int
    away_name: str
    home_goals: int | None
    away_goals: int | None
    team_id: int
    is_home: bool
    position: str
    starter: bool
    minutes: int | None
    rating: float | None
    statistics: dict[str, float]


class PlayerMatches(BaseModel):
    """A page by kick-off; `next` is the cursor of the following one."""

    player_id: int
    items: list[PlayerMatch]
    next: str | None


class PlayerTeam(Provenance):
    """A club he was in a squad of."""

    team_id: int
    name: str
    squads: int
    appearances: int
    first_match_at: datetime
    last_match_at: datetime


class PlayerTeams(BaseModel):
    """The newest first."""

    player_id: int
    items: list[PlayerTeam]


class PlayerShot(Shot):
    """A shot and its match."""

    match_id: int
    season_id: int


class PlayerShots(BaseModel):
    """By season and match."""

    player_id: int
    items: list[PlayerShot]
