"""Leaderboards as they are answered."""

from __future__ import annotations

from pydantic import BaseModel


class Leader(BaseModel):
    """A place in a leaderboard; equal values share a rank."""

    rank: int
    player_id: int
    player: str
    team_id: int
    appearances: int
    total_minutes: int
    total: float
    value: float


class Leaders(BaseModel):
    """The best first."""

    league: str
    season: str
    metric: str
    per_90: bool
    min_minutes: int
    items: list[Leader]
