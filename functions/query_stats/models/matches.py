"""Models of matches and their parts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


class Status(BaseModel):
    """The status of a match, with the source's code and type."""

    code: int
    type: str


class Side(BaseModel):
    """A team of a match."""

    id: int
    name: str


class Score(BaseModel):
    """Goals of both sides; null without a score."""

    home: int | None
    away: int | None


class Match(Provenance):
    """A match: one event of the source.

    With `day_only` the source gives no time, and that of `starts_at` is a placeholder. `tournament` is
    the part of the season (Apertura, a group) where the source names it.
    """

    match_id: int
    league_id: int
    season_id: int
    round: int | None
    starts_at: datetime
    day_only: bool
    tournament: str
    status: Status
    home: Side
    away: Side
    score: Score
    half_time: Score
    penalties: Score
    red_cards: Score


class ListedMatch(Match):
    """A listed match; `replaced` if `replaced_by` is now the event of the same fixture."""

    replaced: bool
    replaced_by: int | None


class Matches(BaseModel):
    """A page of matches by kick-off; `next` is the cursor of the next page."""

    league: str
    season: str
    items: list[ListedMatch]
    next: str | None


class MatchesOfDay(BaseModel):
    """A page of matches of all leagues by kick-off; `date` is the day in UTC where one was asked for."""

    date: date | None
    since: datetime
    until: datetime
    items: list[Match]
    next: str | None


class MatchDetail(Match):
    """A match with its details and the names of its parts."""

    detail: dict[str, Any] | None
    parts: list[str]


class Statistic(Provenance):
    """A statistic of one period for both sides; `key` is the source's stable name."""

    period: str
    key: str
    name: str
    groups: list[str]
    home_value: float | None
    away_value: float | None
    home_total: float | None
    away_total: float | None
    home_text: str
    away_text: str


class Statistics(BaseModel):
    """Statistics by period and key."""

    match_id: int
    items: list[Statistic]


class Appearance(Provenance):
    """A squad member; `minutes` is null for an unused substitute."""

    player_id: int
    player_name: str
    team_id: int
    is_home: bool
    position: str
    shirt_number: int | None
    starter: bool
    captain: bool
    minutes: int | None
    rating: float | None
    statistics: dict[str, float]


class Lineups(BaseModel):
    """Squads: home first, starters first, from goalkeeper to forward."""

    match_id: int
    items: list[Appearance]


class Keeper(Provenance):
    """A goalkeeper; `conceded` is null where the source does not say."""

    player_id: int
    player_name: str
    team_id: int
    is_home: bool
    starter: bool
    minutes: int
    rating: float | None
    saves: float
    conceded: float | None
    penalties_saved: float
    penalties_faced: float
    statistics: dict[str, float]


class Keepers(BaseModel):
    """Goalkeepers, home first."""

    match_id: int
    items: list[Keeper]


class Incident(Provenance):
    """A goal, card, substitution, decision or period mark; for an own goal `is_home` is the side that gains it."""

    ordinal: int
    kind: str
    detail: str
    minute: int
    added_minute: int | None
    is_home: bool | None
    player_id: int | None
    player_name: str
    second_player_id: int | None
    second_player_name: str
    home_score: int | None
    away_score: int | None
    rescinded: bool
    incident_id: int | None
    reason: str
    length_minutes: int | None
    confirmed: bool | None
    manager_id: int | None


class Incidents(BaseModel):
    """Incidents in their order."""

    match_id: int
    items: list[Incident]


class Shot(Provenance):
    """A shot: x is the distance from the attacked goal line, y runs across the pitch, both 0 to 100."""

    ordinal: int
    shot_id: int | None
    player_id: int
    player_name: str
    is_home: bool
    outcome: str
    situation: str
    body_part: str
    goal_type: str
    minute: int
    added_minute: int | None
    second: int | None
    x: float
    y: float
    z: float
    goal_mouth_location: str
    goal_mouth_y: float | None
    goal_mouth_z: float | None
    xg: float | None
    xgot: float | None
    block_x: float | None
    block_y: float | None
    block_z: float | None


class Shots(BaseModel):
    """Shots in their order."""

    match_id: int
    items: list[Shot]


class Price(Provenance):
    """A bookmaker's decimal odds: the return on a stake of 1, stake included; totals and handicaps have a `line`."""

    bookmaker: str
    market: str
    line: str
    outcome: str
    is_closing: bool
    decimal: float


class Odds(BaseModel):
    """Odds by market and line."""

    match_id: int
    items: list[Price]
