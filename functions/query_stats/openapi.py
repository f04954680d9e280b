"""Query-stats, described for its OpenAPI document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel

from functions.query_stats.edge import LeadersQuery, MatchesQuery, SeasonQuery, TableQuery
from functions.query_stats.service import MATCH_PARTS
from shared.domain.table import TableRow
from shared.events.football import LeagueUpdated
from shared.openapi import Operation, event, fresh


class League(BaseModel):
    """A competition something is stored about; `league` is what other paths call it."""

    league: str
    league_id: int
    name: str
    country: str
    source: str


class Leagues(BaseModel):
    """By name."""

    items: list[League]


class Season(BaseModel):
    """One season, and how many matches of it are stored."""

    season_id: int
    year: str
    name: str
    starts_in: int
    matches: int


class Seasons(BaseModel):
    """The newest first."""

    league: str
    items: list[Season]


class Table(BaseModel):
    """A league table at a moment."""

    league: str
    name: str
    season: str
    as_of: datetime | None
    venue: Literal["all", "home", "away"]
    tie_break: list[str]
    rows: list[TableRow]


class Status(BaseModel):
    """How far a match is, in the source's terms."""

    code: int
    type: str


class Side(BaseModel):
    """A team of a match."""

    id: int
    name: str


class Score(BaseModel):
    """Of both sides; null before there is one."""

    home: int | None
    away: int | None


class Match(BaseModel):
    """One event of the source."""

    match_id: int
    league_id: int
    season_id: int
    round: int | None
    starts_at: datetime
    status: Status
    home: Side
    away: Side
    score: Score
    half_time: Score
    penalties: Score
    red_cards: Score
    source: str
    version: int


class ListedMatch(Match):
    """One in a list; `replaced` when a later event stands for the same fixture."""

    replaced: bool


class Matches(BaseModel):
    """A page by kick-off; `next` is the cursor of the following one."""

    league: str
    season: str
    items: list[ListedMatch]
    next: str | None


class WholeMatch(Match):
    """A match with what its own page tells, and the names of its parts."""

    detail: dict[str, Any] | None
    parts: list[str]


class Part(BaseModel):
    """Rows of one kind about a match; which fields they have depends on the part."""

    match_id: int
    items: list[dict[str, Any]]


class Team(BaseModel):
    """A club."""

    team_id: int
    name: str
    short_name: str
    code: str
    country: str


class Teams(BaseModel):
    """Those of a season, by name."""

    league: str
    season: str
    items: list[Team]


class TeamSeason(BaseModel):
    """A season a team played."""

    league_id: int
    season_id: int
    matches: int
    finished: int


class WholeTeam(Team):
    """A club and its seasons, the newest first."""

    seasons: list[TeamSeason]


class PlayerSeason(BaseModel):
    """What a player did for one team in one season; `totals` by the source's names."""

    league_id: int
    season_id: int
    team_id: int
    appearances: int
    starts: int
    total_minutes: int
    mean_rating: float | None
    totals: dict[str, float]


class Player(BaseModel):
    """One player and his seasons."""

    player_id: int
    name: str
    short_name: str
    position: str
    country: str
    born_on: date | None
    height_cm: int | None
    seasons: list[PlayerSeason]


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


OPERATIONS = {
    "league_updated": event(LeagueUpdated.TYPE, "Forget cached answers about a league"),
    "leagues": Operation(text="Every league something is stored about", answers=fresh(Leagues)),
    "seasons": Operation(text="The seasons of a league", answers=fresh(Seasons)),
    "table": Operation(text="The league table at a moment", query=TableQuery, answers=fresh(Table)),
    "matches": Operation(text="Matches of a season", query=MatchesQuery, answers=fresh(Matches)),
    "teams": Operation(text="The teams of a season", query=SeasonQuery, answers=fresh(Teams)),
    "leaders": Operation(text="Players by one statistic", query=LeadersQuery, answers=fresh(Leaders)),
    "match": Operation(text="One match", answers=fresh(WholeMatch)),
    "match_part": Operation(
        text="Statistics, line-ups, incidents or shots of a match",
        path={"part": {"enum": list(MATCH_PARTS)}},
        answers=fresh(Part),
    ),
    "team": Operation(text="One team and the seasons it played", answers=fresh(WholeTeam)),
    "player": Operation(text="One player and what he did by season and team", answers=fresh(Player)),
}
