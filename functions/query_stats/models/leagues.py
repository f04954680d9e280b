"""Models of leagues, seasons and rounds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


class League(Provenance):
    """A stored competition; `league` is its name in paths."""

    league: str
    league_id: int
    name: str
    country: str


class Leagues(BaseModel):
    """Leagues by name."""

    items: list[League]


class Source(Provenance):
    """A source of what is stored, and the terms under which it may be used."""

    name: str
    home: str
    licence: str
    terms: str
    leagues: int
    seasons: int


class Sources(BaseModel):
    """Sources by name."""

    items: list[Source]


class LeagueDetail(League):
    """A competition and its newest season that has matches."""

    season: str
    season_id: int


class Season(Provenance):
    """A season and its number of stored matches."""

    season_id: int
    year: str
    name: str
    starts_in: int
    matches: int


class Seasons(BaseModel):
    """Seasons, the newest first."""

    league: str
    items: list[Season]


class Round(Provenance):
    """A round; cups and play-offs have a name instead of a number."""

    round: int | None
    round_name: str
    matches: int
    finished: int
    first_kick_off: datetime
    last_kick_off: datetime


class Rounds(BaseModel):
    """Rounds by their first kick-off."""

    league: str
    season: str
    items: list[Round]


class Standing(Provenance):
    """A row of the source's own table; `notes` name deductions, `promotion` what the position qualifies for."""

    group_name: str
    kind: Literal["total", "home", "away"]
    position: int
    team_id: int
    team_name: str
    matches: int
    wins: int
    draws: int
    losses: int
    goals_for: int
    goals_against: int
    points: int
    promotion: str
    notes: str


class Standings(BaseModel):
    """Rows by group, kind and position."""

    league: str
    season: str
    items: list[Standing]
