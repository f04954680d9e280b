"""Light match rows for the tests of fixtures and tables: only the fields those read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

AUGUST = datetime(2025, 8, 1, 18, tzinfo=UTC)
"""Day 0 of the test seasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a table needs of a match."""

    match_id: int
    home_id: int
    away_id: int
    home_name: str
    away_name: str
    home_goals: int | None
    away_goals: int | None
    starts_at: datetime
    home_goals_display: int | None = None
    away_goals_display: int | None = None
    season_id: int = 1
    tournament_id: int = 1
    round: int | None = 1
    round_name: str = ""
    status_code: int = 100
    tournament_name: str = ""


def played(
    match_id: int,
    pair: str,
    score: str = "",
    *,
    day: int = 0,
    code: int | None = None,
    round: int | None = 1,
    round_name: str = "",
    tournament_id: int = 1,
    tournament_name: str = "",
) -> Row:
    """A match of two teams named by one letter each: ``played(1, "AB", "2-1")``; without a score it is yet to come."""
    home, away = pair[0], pair[1]
    home_goals, away_goals = (int(goals) for goals in score.split("-")) if score else (None, None)
    return Row(
        match_id=match_id,
        home_id=ord(home),
        away_id=ord(away),
        home_name=home,
        away_name=away,
        home_goals=home_goals,
        away_goals=away_goals,
        starts_at=AUGUST + timedelta(days=day),
        tournament_id=tournament_id,
        round=round,
        round_name=round_name,
        status_code=(100 if score else 0) if code is None else code,
        tournament_name=tournament_name,
    )
