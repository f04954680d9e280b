"""Models of managers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance
from functions.query_stats.models.tables import Record
from functions.query_stats.models.teams import Result


class Manager(Provenance):
    """A manager, from his profile or else from his newest match."""

    manager_id: int
    name: str
    short_name: str
    country: str
    has_profile: bool


class ManagerRecord(Record, Provenance):
    """A manager's results with a team or in a season; the fields of the other grouping are null."""

    team_id: int | None
    team_name: str | None
    league_id: int | None
    season_id: int | None
    first_match_at: datetime
    last_match_at: datetime


class ManagerStats(BaseModel):
    """A manager's results by team or season, the newest first."""

    manager_id: int
    by: str
    items: list[ManagerRecord]


class ManagerTeams(BaseModel):
    """A manager's teams, the newest first."""

    manager_id: int
    items: list[ManagerRecord]


class ManagerMatches(BaseModel):
    """A manager's results by kick-off."""

    manager_id: int
    items: list[Result]
