"""Models of teams."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.query_stats.models.matches import Match, Shot
from functions.query_stats.models.provenance import Provenance
from functions.query_stats.models.summaries import PlayerSums, TeamSums
from functions.query_stats.models.tables import Record, Streak, TableRow


class Team(Provenance):
    """A club."""

    team_id: int
    name: str
    short_name: str
    code: str
    country: str


class Teams(BaseModel):
    """Teams of a season by name."""

    league: str
    season: str
    items: list[Team]


class TeamSeason(Provenance):
    """A season of a team."""

    league_id: int
    season_id: int
    matches: int
    finished: int


class TeamDetail(Team):
    """A club and its seasons, the newest first."""

    seasons: list[TeamSeason]


class TeamMatches(BaseModel):
    """A page of a team's matches by kick-off; `next` is the cursor of the next page."""

    team_id: int
    items: list[Match]
    next: str | None


class TeamSpan(TeamSums):
    """The sums of a season, or over the days between two dates, without league and season."""

    league: int | None
    season: int | None
    first_kick_off: datetime
    last_kick_off: datetime


class TeamStats(BaseModel):
    """A team's sums, the newest season first."""

    team_id: int
    items: list[TeamSpan]


class TeamStanding(TableRow):
    """A team's row in one table."""

    league_id: int
    season_id: int
    rules_reviewed: bool


class TeamStandings(BaseModel):
    """A row for each league of the season."""

    team_id: int
    items: list[TeamStanding]


class SquadMember(Provenance):
    """A player of a team's squads; `position` is that of his longest match."""

    player_id: int
    player: str
    position: str
    shirt_number: int | None
    squads: int
    appearances: int


class Squad(BaseModel):
    """Players from goalkeeper to forward."""

    team_id: int
    items: list[SquadMember]


class TeamPlayer(PlayerSums):
    """Statistics of a player for the team."""

    player_id: int
    player: str
    position: str


class TeamPlayerStats(BaseModel):
    """Players, the most minutes first."""

    team_id: int
    items: list[TeamPlayer]


class TeamManager(Provenance):
    """Results under a manager."""

    manager_id: int
    name: str
    matches: int
    wins: int
    draws: int
    losses: int
    first_match_at: datetime
    last_match_at: datetime


class TeamManagers(BaseModel):
    """Managers of a team, the newest first."""

    team_id: int
    items: list[TeamManager]


class OwnStreak(Streak, Provenance):
    """A streak of the requested team."""


class TeamStreaks(BaseModel):
    """A team's streaks by kind."""

    team_id: int
    items: list[OwnStreak]


class Split(Record, Provenance):
    """The sums of a part of a season's results."""

    split: str
    part: str


class TeamSplits(BaseModel):
    """Sums by venue, third of the opponents in the table, and month; without results there is no season."""

    team_id: int
    season_id: int | None = None
    items: list[Split]


class TeamShot(Shot):
    """A shot with its match; `is_home` is the team's side in that match."""

    match_id: int
    starts_at: datetime
    opponent_id: int
    opponent_name: str


class TeamShots(BaseModel):
    """A team's shots by kick-off."""

    team_id: int
    items: list[TeamShot]


class Result(Provenance):
    """A result that stands, seen from one team."""

    match_id: int
    league_id: int
    season_id: int
    round: int | None
    starts_at: datetime
    team_id: int
    team_name: str
    opponent_id: int
    opponent_name: str
    is_home: bool
    goals_for: int
    goals_against: int


class HeadToHead(BaseModel):
    """All meetings seen from the first team, the newest last."""

    team_id: int
    other_id: int
    record: Record
    at_home: Record
    away: Record
    items: list[Result]
