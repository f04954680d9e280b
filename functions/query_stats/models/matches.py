"""Matches and their parts as they are answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


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


class Match(Provenance):
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


class ListedMatch(Match):
    """One in a list; `replaced` when another event, `replaced_by`, stands for the same fixture."""

    replaced: bool
    replaced_by: int | None


class Matches(BaseModel):
    """A page by kick-off; `next` is the cursor of the following one."""

    league: str
    season: str
    items: list[ListedMatch]
    next: str | None


class MatchesOfDay(BaseModel):
    """A page by kick-off, of all leagues."""

    date: date
    items: list[Match]
    next: str | None


class WholeMatch(Match):
    """A match with what its own page tells, and the names of its parts."""

    detail: dict[str, Any] | None
    parts: list[str]


class Statistic(Provenance):
    """One statistic of one period, both sides; `key` is the source's stable name."""

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
    """By period and key."""

    match_id: int
    items: list[Statistic]


class Appearance(Provenance):
    """One of a squad; `minutes` is null for who stayed on the bench."""

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
    """Home first, starters first, from the goal forward."""

    match_id: int
    items: list[Appearance]


class Keeper(Provenance):
    """Who stood in goal; `conceded` is null where the source does not say."""

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
    """Home first."""

    match_id: int
    items: list[Keeper]


class Incident(Provenance):
    """A goal, card, substitution, decision or period mark; `is_home` is the side that gains an own goal."""

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


class Incidents(BaseModel):
    """In their order."""

    match_id: int
    items: list[Incident]


class Shot(Provenance):
    """One shot: x from the attacked goal line, y across, both 0 to 100."""

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
    """In their order."""

    match_id: int
    items: list[Shot]


class Price(Provenance):
    """What a bookmaker returned on a stake of 1, itself included; `line` of totals and handicaps."""

    bookmaker: str
    market: str
    line: str
    outcome: str
    is_closing: bool
    decimal: float


class Odds(BaseModel):
    """By market and line."""

    match_id: int
    items: list[Price]
