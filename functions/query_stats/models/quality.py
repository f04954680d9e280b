"""Completeness, quality and corrections as they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


class SeasonParts(Provenance):
    """How many matches of a season are stored and finished, and of how many of these each part is."""

    season_id: int
    year: str
    matches: int
    finished: int
    with_detail: int
    with_statistics: int
    with_lineups: int
    with_incidents: int
    with_shots: int
    with_odds: int


class Completeness(BaseModel):
    """The newest season first; what is missing and why stands under `collection`, for operators."""

    league: str
    collection: str
    items: list[SeasonParts]


class BrokenRule(Provenance):
    """A rule that matches break, and the first twenty of them."""

    rule: str
    matches: int
    match_ids: list[int]


class Difference(BaseModel):
    """Where the source's table and what results and known rulings add up to disagree.

    None where one of the two does not have the team. Positions are compared in the table of all matches alone.
    """

    kind: Literal["total", "home", "away"]
    team_id: int
    team_name: str
    field: Literal["matches", "wins", "draws", "losses", "goals_for", "goals_against", "points", "position"]
    source: int | None
    ours: int | None


class Quality(BaseModel):
    """By rule; empty lists are what one hopes for."""

    league: str
    season: str
    standings: list[Difference]
    items: list[BrokenRule]


class Correction(Provenance):
    """A match that changed after it was over."""

    match_id: int
    league_id: int
    season_id: int
    round: int | None
    starts_at: datetime
    home_id: int
    home_name: str
    away_id: int
    away_name: str
    home_goals: int | None
    away_goals: int | None
    status_code: int
    changed_at: datetime


class Corrections(BaseModel):
    """The newest change first."""

    league: str
    season: str
    items: list[Correction]
