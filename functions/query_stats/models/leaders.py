"""Leaderboards as they are answered."""

from __future__ import annotations

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


class Leader(Provenance):
    """A place in a leaderboard; equal values share a rank. `percentile` is among players of the same position."""

    rank: int
    player_id: int
    player: str
    team_id: int
    position: str
    appearances: int
    total_minutes: int
    total: float
    value: float
    percentile: float


class Leaders(BaseModel):
    """The best first."""

    league: str
    season: str
    metric: str
    per_90: bool
    min_minutes: int
    items: list[Leader]
