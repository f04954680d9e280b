"""Models of leaderboards."""

from __future__ import annotations

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


class Leader(Provenance):
    """A row of a leaderboard. Equal values share a rank; `percentile` compares players of the same position."""

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
    """A leaderboard, the best player first."""

    league: str
    season: str
    metric: str
    per_90: bool
    min_minutes: int
    items: list[Leader]
