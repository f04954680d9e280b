"""Leagues, seasons and rounds as they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


class League(Provenance):
    """A competition something is stored about; `league` is what other paths call it."""

    league: str
    league_id: int
    name: str
    country: str


class Leagues(BaseModel):
    """By name."""

    items: list[League]


class WholeLeague(League):
    """A competition and its newest season that has matches."""

    season: str
    season_id: int


class Season(Provenance):
    """One season, and how many matches of it are stored."""

    season_id: int
    year: str
    name: str
    starts_in: int
    matches: int


class Seasons(BaseModel):
    """The newest first."""

    league: str
    items: list[Season]


class Round(Provenance):
    """A round; cups and play-offs name theirs."""

    round: int | None
    round_name: str
    matches: int
    finished: int
    first_kick_off: datetime
    last_kick_off: datetime


class Rounds(BaseModel):
    """By their first kick-off."""

    league: str
    season: str
    items: list[Round]


class Standing(Provenance):
    """A row of the source's own table; `notes` tell deductions, `promotion` what the place leads to."""

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
    """By group, kind and place."""

    league: str
    season: str
    items: list[Standing]
