"""Analyze, described for its OpenAPI document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from functions.analyze.edge import (
    ForecastsQuery,
    MarketQuery,
    NoParameters,
    PairingQuery,
    RatingHistoryQuery,
    RatingsQuery,
    ScoreMatricesQuery,
    SimilarPlayersQuery,
    SpanQuery,
    ViewQuery,
)
from functions.analyze.views.names import VIEWS
from shared.events.football import LeagueUpdated
from shared.web.openapi import Operation, cacheable, event_operation, tabular


class Inputs(BaseModel):
    """The inputs of an analysis; the same version and digest give the same numbers."""

    n_matches: int
    newest_match_at: datetime | None
    newest_change_at: datetime | None
    digest: str


class League(BaseModel):
    """An analysed league: when it was fitted, and on how many matches."""

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
    """Leagues by id."""

    items: list[League]


class Rating(BaseModel):
    """The ratings of a team; Massey and Colley rate only teams that are `active`, that is, in the newest season."""

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
    """Teams, the best by `kind` first, with the fitted model and cautions."""

    kind: str
    inputs: Inputs
    ratings: list[Rating]
    model: dict[str, Any]
    cautions: list[str]


class TeamHistory(BaseModel):
    """A team's rating on each day of the history."""

    team_id: int
    team: str
    ratings: list[float]


class RatingHistory(BaseModel):
    """Ratings at the end of each week, the best at the end first; the first day lies before any match."""

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
    """Probabilities of the three outcomes; they sum to 1."""

    home: float
    draw: float
    away: float


class ExpectedGoals(BaseModel):
    """Goals that each side should score."""

    home: float
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


class ScoreMatrix(BaseModel):
    """The probability of every score of a coming match; row = home goals, column = away goals."""

    match_id: int
    season_id: int
    round: int | None
    starts_at: datetime
    made_at: datetime
    home: Side
    away: Side
    scores: list[list[float]]


class ScoreMatrices(BaseModel):
    """A page of score matrices by kick-off, all of one fit; `next` is the cursor of the next page."""

    league: str
    league_id: int
    name: str
    season: str
    as_of: date | None
    fitted_at: datetime
    n_matches: int
    newest_match_at: datetime | None
    version: int
    items: list[ScoreMatrix]
    next: str | None


class View(BaseModel):
    """A view of a league; each view adds fields of its own."""

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


class ComparedPlayer(BaseModel):
    """A player's values in the order of `metrics`; `z` are their distances from the mean in standard deviations."""

    player_id: int
    player: str
    team_id: int
    team: str
    position: str
    minutes: int
    values: list[float | None]
    z: list[float]


class SimilarPlayer(ComparedPlayer):
    """A player with the cosine similarity of z-scores: 1 the same profile, 0 nothing in common, -1 the opposite."""

    similarity: float


class SimilarPlayers(View):
    """Players, the most similar first, of the same position and with enough minutes."""

    metrics: list[str]
    min_minutes: int
    n_peers: int
    player: ComparedPlayer
    items: list[SimilarPlayer]


class Market(BaseModel):
    """Our probabilities, the market's by each way to remove the margin, and the differences."""

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
    """A page of forecasts by kick-off; `next` is the cursor of the next page."""

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


class ForecastSummary(BaseModel):
    """The forecast of a match without its score matrix."""

    match_id: int
    league: str
    season_id: int
    round: int | None
    starts_at: datetime
    made_at: datetime
    home: Side
    away: Side
    probabilities: Probabilities
    expected_goals: ExpectedGoals
    likely_score: str | None
    p_likely_score: float | None
    version: int


class ForecastSummaries(BaseModel):
    """A page of forecasts by kick-off; `next` is the cursor of the next page."""

    items: list[ForecastSummary]
    next: str | None


class OutlookAfterRound(BaseModel):
    """A team's chances after a round, as they were published then."""

    round: int
    made_at: datetime
    team_id: int
    team: str
    points: int
    mean_points: float
    points_5: int
    points_95: int
    p_champion: float
    p_relegated: float | None
    p_top_4: float


class OutlookHistory(BaseModel):
    """Teams by round; it begins with the first round after which the league was analysed."""

    league: str
    season: str
    items: list[OutlookAfterRound]


OPERATIONS = {
    "outlook_history": Operation(
        summary="Chances of every team after each round, as they were published then",
        query=NoParameters,
        responses=tabular(OutlookHistory),
        negotiable=True,
    ),
    **{name: Operation(summary=text, query=ViewQuery, responses=cacheable(View)) for name, text in VIEWS.items()},
    "similar_players": Operation(
        summary="The players most like one of the season",
        query=SimilarPlayersQuery,
        responses=cacheable(SimilarPlayers),
    ),
    "market": Operation(summary="A forecast and the odds of one match", query=MarketQuery, responses=cacheable(Market)),
    "league_updated": event_operation(LeagueUpdated.TYPE, "Mark a league, and refit it once its updates pause"),
    "tick": event_operation("dev.knative.sources.ping", "Refit leagues that are still marked"),
    "leagues": Operation(summary="All analysed leagues", responses=cacheable(Leagues)),
    "ratings": Operation(summary="Team ratings of a league", query=RatingsQuery, responses=cacheable(Ratings)),
    "rating_history": Operation(
        summary="Ratings of a season's teams by week", query=RatingHistoryQuery, responses=cacheable(RatingHistory)
    ),
    "forecasts": Operation(
        summary="Forecasts of a league's matches", query=ForecastsQuery, responses=cacheable(Forecasts)
    ),
    "all_forecasts": Operation(
        summary="Forecasts of all leagues' matches between two instants, as they stood at kick-off",
        query=SpanQuery,
        responses=tabular(ForecastSummaries),
        negotiable=True,
    ),
    "score_matrices": Operation(
        summary="The score matrices of a league's coming matches",
        query=ScoreMatricesQuery,
        responses=cacheable(ScoreMatrices),
    ),
    "pairing": Operation(
        summary="A forecast of any two teams of a league", query=PairingQuery, responses=cacheable(Pairing)
    ),
    "match": Operation(summary="The forecast of one match", responses=cacheable(Forecast)),
}
