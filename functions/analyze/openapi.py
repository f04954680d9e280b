"""Analyze, described for its OpenAPI document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from functions.analyze.edge import (
    ForecastsQuery,
    MarketQuery,
    PairingQuery,
    RatingHistoryQuery,
    RatingsQuery,
    SimilarPlayersQuery,
    ViewQuery,
)
from functions.analyze.views.names import VIEWS
from shared.events.football import LeagueUpdated
from shared.web.openapi import Operation, event_operation, ok


class Inputs(BaseModel):
    """What something was made of; the same version and digest give the same numbers."""

    n_matches: int
    newest_match_at: datetime | None
    newest_change_at: datetime | None
    digest: str


class League(BaseModel):
    """A league that was analysed, when, and on how many matches."""

    league: str
    league_id: int
    name: str
    season_id: int
    season: str
    fitted_at: datetime
    n_matches: int
    newest_match_at: datetime | None
    next_round: int | None
    version: int


class Leagues(BaseModel):
    """By id."""

    items: list[League]


class Rating(BaseModel):
    """How strong a team is; `active` tells who plays in the newest season, which alone Massey and Colley rate."""

    team_id: int
    team: str
    elo: float
    pi: float
    pi_home: float
    pi_away: float
    massey: float | None
    colley: float | None
    goals: float
    attack: float
    defence: float
    n_matches: int
    active: bool


class Ratings(League):
    """The best by `kind` first, with the fitted model and what to be careful about."""

    kind: str
    inputs: Inputs
    ratings: list[Rating]
    model: dict[str, Any]
    cautions: list[str]


class TeamHistory(BaseModel):
    """A team's rating on every day of the history."""

    team_id: int
    team: str
    ratings: list[float]


class RatingHistory(BaseModel):
    """Ratings at the end of each week, the best at last first; the first day lies before any match."""

    league: str
    name: str
    season_id: int
    season: str
    as_of: date | None
    kind: str
    days: list[date]
    teams: list[TeamHistory]
    n_matches: int
    newest_match_at: datetime | None
    version: int
    inputs: Inputs
    cautions: list[str]


class Side(BaseModel):
    """A team of a match."""

    id: int
    name: str


class Probabilities(BaseModel):
    """Of the three results; they sum to one."""

    home: float
    draw: float
    away: float


class Pairing(BaseModel):
    """A forecast of two teams of a league, scheduled or not."""

    league: str
    name: str
    as_of: date | None = None
    home: Side
    away: Side
    probabilities: Probabilities
    expected_goals: dict[str, float]
    over: dict[str, float]
    both_score: float
    clean_sheet: dict[str, float]
    likely_scores: list[dict[str, Any]]
    scores: list[list[float]]
    method: str
    n_matches: int
    cautions: list[str]


class Forecast(Pairing):
    """The forecast of a match."""

    match_id: int
    season_id: int
    round: int | None
    starts_at: datetime
    made_at: datetime
    version: int
    inputs: Inputs


class View(BaseModel):
    """Something made of a league beside its forecasts; each view adds fields of its own."""

    model_config = ConfigDict(extra="allow")
    league: str
    name: str
    season: str
    as_of: date | None
    made_at: datetime
    n_matches: int
    newest_match_at: datetime | None
    version: int
    inputs: Inputs
    cautions: list[str]


class LikePlayer(BaseModel):
    """A player's numbers in the order of `metrics`, and how many standard deviations each is from the peers' mean."""

    player_id: int
    player: str
    team_id: int
    team: str
    position: str
    minutes: int
    values: list[float | None]
    z: list[float]


class SimilarPlayer(LikePlayer):
    """The cosine of both z-scores: 1 the same profile, 0 nothing in common, -1 the opposite."""

    similarity: float


class SimilarPlayers(View):
    """The most alike first, among players of the same position with enough minutes."""

    metrics: list[str]
    min_minutes: int
    n_peers: int
    player: LikePlayer
    items: list[SimilarPlayer]


class Market(BaseModel):
    """Ours and the market's probabilities, by each way of removing the margin, and how they differ."""

    league: str
    name: str
    as_of: date | None
    home: Side
    away: Side
    probabilities: Probabilities
    method: str
    odds: Probabilities
    margin: float
    market: dict[str, Probabilities]
    ours_minus_market: dict[str, Probabilities]
    value: Probabilities
    n_matches: int
    cautions: list[str]


class Forecasts(BaseModel):
    """A page by kick-off; `next` is the cursor of the following one."""

    league: str
    name: str
    season: str
    round: int | None
    as_of: date | None
    n_matches: int
    newest_match_at: datetime | None
    version: int
    inputs: Inputs
    cautions: list[str]
    items: list[Forecast]
    next: str | None


OPERATIONS = {
    **{name: Operation(summary=text, query=ViewQuery, responses=ok(View)) for name, text in VIEWS.items()},
    "similar_players": Operation(
        summary="The players most like one of the season", query=SimilarPlayersQuery, responses=ok(SimilarPlayers)
    ),
    "market": Operation(summary="A forecast and the odds of one match", query=MarketQuery, responses=ok(Market)),
    "league_updated": event_operation(LeagueUpdated.TYPE, "Mark a league, and fit it once its updates pause"),
    "tick": event_operation("dev.knative.sources.ping", "Fit whatever is still marked"),
    "leagues": Operation(summary="All analysed leagues", responses=ok(Leagues)),
    "ratings": Operation(summary="Team ratings of a league", query=RatingsQuery, responses=ok(Ratings)),
    "rating_history": Operation(
        summary="How the ratings of a season's teams moved", query=RatingHistoryQuery, responses=ok(RatingHistory)
    ),
    "forecasts": Operation(summary="Forecasts of a league's matches", query=ForecastsQuery, responses=ok(Forecasts)),
    "pairing": Operation(summary="A forecast of any two teams of a league", query=PairingQuery, responses=ok(Pairing)),
    "match": Operation(summary="The forecast of one match", responses=ok(Forecast)),
}
