"""Managers as they are answered."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance
from functions.query_stats.models.tables import Record
from functions.query_stats.models.teams import Result


class Manager(Provenance):
    """A manager as his profile says, else as the newest match names him."""

    manager_id: int
    name: str
    short_name: str
    country: str
    has_profile: bool


class ManagerRecord(Record, Provenance):
    """What results add up to under him, for a team or in a season; the other is null."""

    team_id: int | None
    team_name: str | None
    league_id: int | None
    season_id: int | None
    first_match_at: datetime
    last_match_at: datetime


class ManagerStats(BaseModel):
    """The newest first."""

    manager_id: int
    by: str
    items: list[ManagerRecord]


class ManagerTeams(BaseModel):
    """The newest first."""

    manager_id: int
    items: list[ManagerRecord]


class ManagerMatches(BaseModel):
    """By kick-off."""

    manager_id: int
    items: list[Result]
