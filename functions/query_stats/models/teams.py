"""Teams as they are answered."""

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
    """Those of a season, by name."""

    league: str
    season: str
    items: list[Team]


class TeamSeason(Provenance):
    """A season a team played."""

    league_id: int
    season_id: int
    matches: int
    finished: int


class WholeTeam(Team):
    """A club and its seasons, the newest first."""

    seasons: list[TeamSeason]


class TeamMatches(BaseModel):
    """A page by kick-off; `next` is the cursor of the following one."""

    team_id: int
    items: list[Match]
    next: str | None


class TeamSpan(TeamSums):
    """A season's sums; between two dates there is neither league nor season."""

    league: int | None
    season: int | None
    first_kick_off: datetime
    last_kick_off: datetime


class TeamStats(BaseModel):
    """The newest first."""

    team_id: int
    items: list[TeamSpan]


class TeamStanding(TableRow):
    """A team's row in one table."""

    league_id: int
    season_id: int


class TeamStandings(BaseModel):
    """One for each league of the season."""

    team_id: int
    items: list[TeamStanding]


class SquadMember(Provenance):
    """Who was in a team's squads; `position` as in his longest match."""

    player_id: int
    player: str
    position: str
    shirt_number: int | None
    squads: int
    appearances: int


class Squad(BaseModel):
    """From the goal forward."""

    team_id: int
    items: list[SquadMember]


class TeamPlayer(PlayerSums):
    """What a player did for the team."""

    player_id: int
    player: str
    position: str


class TeamPlayerStats(BaseModel):
    """Those with the most minutes first."""

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
    """The newest first."""

    team_id: int
    items: list[TeamManager]


class OwnStreak(Streak, Provenance):
    """A streak of the team that was asked about."""


class TeamStreaks(BaseModel):
    """By kind."""

    team_id: int
    items: list[OwnStreak]


class Split(Record, Provenance):
    """A part of a season's results."""

    split: str
    part: str


class TeamSplits(BaseModel):
    """By venue, third of the opponents in the table, and month; of no season where there is no result."""

    team_id: int
    season_id: int | None = None
    items: list[Split]


class TeamShot(Shot):
    """A shot and its match; `is_home` as the team was then."""

    match_id: int
    starts_at: datetime
    opponent_id: int
    opponent_name: str


class TeamShots(BaseModel):
    """By kick-off."""

    team_id: int
    items: list[TeamShot]


class Result(Provenance):
    """A result that stands, from one side."""

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
    """From the first team's side; the newest meeting last."""

    team_id: int
    other_id: int
    record: Record
    at_home: Record
    away: Record
    items: list[Result]
