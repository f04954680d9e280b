"""Models of players."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel

from functions.query_stats.models.matches import Shot
from functions.query_stats.models.provenance import Provenance
from functions.query_stats.models.summaries import PlayerSums


class PlayerSeason(Provenance):
    """A player's season with one team; `totals` have the source's names."""

    league_id: int
    season_id: int
    team_id: int
    appearances: int
    starts: int
    total_minutes: int | None
    mean_rating: float | None
    totals: dict[str, float]


class PlayerDetail(Provenance):
    """A player and his seasons."""

    player_id: int
    name: str
    short_name: str
    position: str
    country: str
    born_on: date | None
    height_cm: int | None
    seasons: list[PlayerSeason]


class PlayerSpan(PlayerSums):
    """The sums of a season, or over the days between two dates, without league and season."""

    league: int | None
    season: int | None
    per_match: dict[str, float]


class PlayerStats(BaseModel):
    """A player's sums, the newest season first."""

    player_id: int
    items: list[PlayerSpan]


class PlayerMatch(Provenance):
    """A match with the player in the squad; `minutes` is null if he was not used."""

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
    """A page of a player's matches by kick-off; `next` is the cursor of the next page."""

    player_id: int
    items: list[PlayerMatch]
    next: str | None


class PlayerTeam(Provenance):
    """A club of a player."""

    team_id: int
    name: str
    squads: int
    appearances: int
    first_match_at: datetime
    last_match_at: datetime


class PlayerTeams(BaseModel):
    """A player's clubs, the newest first."""

    player_id: int
    items: list[PlayerTeam]


class PlayerShot(Shot):
    """A shot with its match."""

    match_id: int
    season_id: int


class PlayerShots(BaseModel):
    """A player's shots by season and match."""

    player_id: int
    items: list[PlayerShot]
