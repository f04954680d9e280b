"""Fakes for the views of analyze: a season store and a view store in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from functions.analyze.models.history import ComingMatch, FinalScore, History
from functions.analyze.season.history import round_of, teams_to_keep
from functions.analyze.season.progress import SeasonEvent
from functions.analyze.views.discipline import MatchDiscipline
from functions.analyze.views.expected_points import ShotChances
from functions.analyze.views.inputs import ClosingOdds, ScoredForecast
from functions.analyze.views.players import PlayerSeason
from shared.errors import NotFound


class OneSeason:
    """A season store with the matches of one history."""

    def __init__(self, history: History) -> None:
        self._events = season_events(history)

    def events(self, league_id: int, season_id: int) -> list[SeasonEvent]:
        return [event for event in self._events if event.season_id == season_id]

    def shots(self, league_id: int, season_id: int) -> ShotChances:
        return {}

    def closing_odds(self, league_id: int) -> ClosingOdds:
        return {}

    def discipline(self, league_id: int, season_id: int) -> list[MatchDiscipline]:
        return []

    def players(self, league_id: int, season_id: int, at: datetime | None) -> list[PlayerSeason]:
        return []


class MemoryViews:
    """A view store in memory."""

    def __init__(self) -> None:
        self.stored: dict[tuple[int, str], dict[str, Any]] = {}
        self.forecasts: list[ScoredForecast] = []

    def save(self, league_id: int, views: dict[str, dict[str, Any]]) -> None:
        self.stored |= {(league_id, name): content for name, content in views.items()}

    def view(self, league_id: int, name: str) -> dict[str, Any]:
        if (league_id, name) not in self.stored:
            raise NotFound(f"league {league_id}: not analysed yet")
        return {**self.stored[league_id, name], "made_at": datetime(2026, 1, 1, tzinfo=UTC)}

    def outlook_history(self, league_id: int, season_id: int) -> list[Any]:
        outlook = self.stored.get((league_id, "outlook"))
        return (
            [] if outlook is None else [(round_of(outlook), datetime(2026, 1, 1, tzinfo=UTC), teams_to_keep(outlook))]
        )

    def forecasts_to_score(self, league_id: int) -> list[ScoredForecast]:
        return self.forecasts


def season_events(history: History) -> list[SeasonEvent]:
    """Make the source's events from the scores and coming matches of a history."""
    played = [event(score, 100, (score.home_goals, score.away_goals)) for score in history.scores]
    return played + [event(match, 0, (None, None)) for match in history.coming]


def event(
    match: FinalScore | ComingMatch, code: int, goals: tuple[int | None, int | None], **changes: Any
) -> SeasonEvent:
    """Make one event; `changes` are fields of `SeasonEvent`."""
    fields: dict[str, Any] = {
        "match_id": match.match_id,
        "season_id": match.season_id,
        "tournament_id": 1,
        "round": None,
        "round_name": "",
        "starts_at": match.starts_at,
        "status_code": code,
        "home_id": match.home_id,
        "away_id": match.away_id,
        "home_name": f"T{match.home_id}",
        "away_name": f"T{match.away_id}",
        "home_goals": goals[0],
        "away_goals": goals[1],
        "home_goals_display": goals[0],
        "away_goals_display": goals[1],
    }
    return SeasonEvent(**{**fields, **changes})
