"""Models of the sums of a season's statistics, incidents and shots."""

from __future__ import annotations

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


class TeamSums(Provenance):
    """Results and statistics of a team; for a ratio (possession) only the mean is meaningful.

    Matches and points equal those of the season's table: play-offs do not count, `adjustment` is the part of the points
    that rulings added or deducted.
    """

    matches: int
    wins: int
    draws: int
    losses: int
    points: int
    adjustment: int
    goals_for: int
    goals_against: int
    clean_sheets: int
    without_goal: int
    totals: dict[str, float]
    means: dict[str, float]


class TeamStats(TeamSums):
    """Sums with the team."""

    team_id: int
    team_name: str


class TeamStatsOfSeason(BaseModel):
    """Teams by name."""

    league: str
    season: str
    items: list[TeamStats]


class PlayerSums(Provenance):
    """Statistics of a player; `totals` have the source's names, a missing one is zero or was not measured."""

    appearances: int
    starts: int
    total_minutes: int
    mean_rating: float | None
    totals: dict[str, float]
    per_90: dict[str, float]


class PlayerStats(PlayerSums):
    """Sums with the player."""

    player_id: int
    player: str
    position: str
    team_id: int


class PlayerStatsOfSeason(BaseModel):
    """Players, the most minutes first."""

    league: str
    season: str
    items: list[PlayerStats]


class Chances(Provenance):
    """Expected goals of a team and its opponents; `npxg` excludes penalties."""

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
    """Teams by the difference of expected goals."""

    league: str
    season: str
    items: list[Chances]


class GameState(Provenance):
    """Game state of a team: minutes of each match's 90; goals by bands of 15 minutes, added time in the band before."""

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
    """Teams, the longest ahead first; in `left_out` matches the goals do not add up to the score."""

    league: str
    season: str
    left_out: int
    items: list[GameState]


class Cards(Provenance):
    """Numbers of cards; rescinded ones do not count."""

    matches: int
    yellow_cards: int
    second_yellow_cards: int
    red_cards: int
    cards_per_match: float


class TeamCards(Cards):
    """Cards of a team."""

    team_id: int
    team_name: str


class Discipline(BaseModel):
    """Teams, the most cards per match first."""

    league: str
    season: str
    items: list[TeamCards]


class Referee(Cards):
    """Cards and penalties of a referee, over the matches that have incidents."""

    referee_id: int
    referee: str
    penalties: int


class Referees(BaseModel):
    """Referees, the most matches first."""

    league: str
    season: str
    items: list[Referee]
