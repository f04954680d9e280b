"""What a season's statistics, incidents and shots add up to, as it is answered."""

from __future__ import annotations

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


class TeamSums(Provenance):
    """Results and statistics; of a ratio (possession) only the mean means something."""

    matches: int
    wins: int
    draws: int
    losses: int
    points: int
    goals_for: int
    goals_against: int
    clean_sheets: int
    without_goal: int
    totals: dict[str, float]
    means: dict[str, float]


class TeamStats(TeamSums):
    """Of one team."""

    team_id: int
    team_name: str


class TeamStatsOfSeason(BaseModel):
    """By name."""

    league: str
    season: str
    items: list[TeamStats]


class PlayerSums(Provenance):
    """What a player did; `totals` by the source's names, a missing one is zero or was not measured."""

    appearances: int
    starts: int
    total_minutes: int
    mean_rating: float | None
    totals: dict[str, float]
    per_90: dict[str, float]


class PlayerStats(PlayerSums):
    """Of one player."""

    player_id: int
    player: str
    position: str
    team_id: int


class PlayerStatsOfSeason(BaseModel):
    """Those with the most minutes first."""

    league: str
    season: str
    items: list[PlayerStats]


class Chances(Provenance):
    """Expected goals of a team and its opponents; `npxg` without penalties."""

    rank: int
    team_id: int
    team_name: str
    matches: int
    shots_for: int
    shots_against: int
    goals_for: int
    goals_against: int
    xg_for: float
    xg_against: float
    xg_difference: float
    xg_difference_per_match: float
    npxg_for: float
    npxg_against: float
    xgot_for: float
    xgot_against: float


class ExpectedGoals(BaseModel):
    """By the difference."""

    league: str
    season: str
    items: list[Chances]


class GameState(Provenance):
    """Minutes of 90 a match; goals by bands of 15 minutes, added time in the band before it."""

    team_id: int
    team_name: str
    matches: int
    minutes_ahead: int
    minutes_level: int
    minutes_behind: int
    points_from_behind: int
    points_dropped_from_ahead: int
    scored: dict[str, int]
    conceded: dict[str, int]


class GameStates(BaseModel):
    """Who led longest first; `left_out` matches have goals that do not add up to their score."""

    league: str
    season: str
    left_out: int
    items: list[GameState]


class Cards(Provenance):
    """Cards that stand."""

    matches: int
    yellow_cards: int
    second_yellow_cards: int
    red_cards: int
    cards_per_match: float


class TeamCards(Cards):
    """Of a team."""

    team_id: int
    team_name: str


class Discipline(BaseModel):
    """Most cards a match first."""

    league: str
    season: str
    items: list[TeamCards]


class Referee(Cards):
    """Of a referee; penalties given, where incidents tell them."""

    referee_id: int
    referee: str
    penalties: int


class Referees(BaseModel):
    """Most matches first."""

    league: str
    season: str
    items: list[Referee]
