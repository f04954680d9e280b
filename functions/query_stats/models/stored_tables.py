"""Models of the rows of whole tables."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.query_stats.models import matches


class InSeason(BaseModel):
    """The match that a row is about."""

    starts_at: datetime
    season_id: int
    match_id: int


class SeasonShot(matches.Shot, InSeason):
    """A shot with its match and the team that took it."""

    team_id: int
    team_name: str


class SeasonPrice(matches.Price, InSeason):
    """A bookmaker's price with its match."""

    home_id: int
    home_name: str
    away_id: int
    away_name: str


class SeasonAppearance(matches.Appearance, InSeason):
    """A squad member with the match."""


class SeasonIncident(matches.Incident, InSeason):
    """An incident with its match."""


class SeasonStatistic(matches.Statistic, InSeason):
    """A statistic with its match."""
