"""Models of completeness, quality and corrections."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


class SeasonParts(Provenance):
    """Numbers of a season's matches: stored, finished, and finished with each part."""

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
    """Seasons, the newest first; `collection` is the path where operators see what is missing and why."""

    league: str
    collection: str
    items: list[SeasonParts]


class BrokenRule(Provenance):
    """A rule that matches break, and the first twenty of these matches."""

    rule: str
    matches: int
    match_ids: list[int]


class Difference(BaseModel):
    """A difference between the source's table and ours.

    A value is null if that table does not have the team. Positions are compared in the table of all matches only.
    """

    kind: Literal["total", "home", "away"]
    team_id: int
    team_name: str
    field: Literal["matches", "wins", "draws", "losses", "goals_for", "goals_against", "points", "position"]
    source: int | None
    ours: int | None


class Quality(BaseModel):
    """Differences between the tables and broken rules; both lists are empty if all is well."""

    league: str
    season: str
    standings: list[Difference]
    items: list[BrokenRule]


class Correction(Provenance):
    """A match that the source changed after its end."""

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
    """Corrections, the newest first."""

    league: str
    season: str
    items: list[Correction]
