"""Teams as they are answered."""

from __future__ import annotations

from pydantic import BaseModel


class Team(BaseModel):
    """A club."""

    team_id: int
    name: str
    short_name: str
    code: str
    country: str


class Teams(BaseModel):
    """Those of a season, by name."""

    league: str
    season: str
    items: list[Team]


class TeamSeason(BaseModel):
    """A season a team played."""

    league_id: int
    season_id: int
    matches: int
    finished: int


class WholeTeam(Team):
    """A club and its seasons, the newest first."""

    seasons: list[TeamSeason]
