"""What analyze's views read and where they are kept, in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from functions.analyze.models.history import ComingMatch, FinalScore, History
from functions.analyze.season.progress import SeasonEvent
from functions.analyze.views.discipline import Conduct
from functions.analyze.views.expected_points import Shots
from functions.analyze.views.inputs import Said
from functions.analyze.views.players import PlayerSeason
from shared.errors import NotFound


class OneSeason:
    """The matches a history was made of, as the source has them."""

    def __init__(self, read: History) -> None:
        self._events = season_events(read)

    def events(self, league_id: int, season_id: int) -> list[SeasonEvent]:
        return [event for event in self._events if event.season_id == season_id]

    def shots(self, league_id: int, season_id: int) -> Shots:
        return {}

    def conducts(self, league_id: int, season_id: int) -> list[Conduct]:
        return []

    def players(self, league_id: int, season_id: int, at: datetime | None) -> list[PlayerSeason]:
        return []


class MemoryViews:
    """Views in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, str], dict[str, Any]] = {}
        self.forecasts: list[Said] = []

    def keep(self, league_id: int, views: dict[str, dict[str, Any]]) -> None:
        self.kept |= {(league_id, name): content for name, content in views.items()}

    def view(self, league_id: int, name: str) -> dict[str, Any]:
        if (league_id, name) not in self.kept:
            raise NotFound(f"league {league_id}: not analysed yet")
        return {**self.kept[league_id, name], "made_at": datetime(2026, 1, 1, tzinfo=UTC)}

    def said(self, league_id: int) -> list[Said]:
        return self.forecasts


def season_events(read: History) -> list[SeasonEvent]:
    """Events as the source tells them, from what the models read."""
    played = [event(score, 100, (score.home_goals, score.away_goals)) for score in read.scores]
    return played + [event(match, 0, (None, None)) for match in read.coming]


def event(of: FinalScore | ComingMatch, code: int, goals: tuple[int | None, int | None], **changes: Any) -> SeasonEvent:
    """One event; `changes` are of `SeasonEvent`."""
    told: dict[str, Any] = {
        "match_id": of.match_id,
        "season_id": of.season_id,
        "tournament_id": 1,
        "round": None,
        "round_name": "",
        "starts_at": of.starts_at,
        "status_code": code,
        "home_id": of.home_id,
        "away_id": of.away_id,
        "home_name": f"T{of.home_id}",
        "away_name": f"T{of.away_id}",
        "home_goals": goals[0],
        "away_goals": goals[1],
        "home_goals_display": goals[0],
        "away_goals_display": goals[1],
    }
    return SeasonEvent(**{**told, **changes})
