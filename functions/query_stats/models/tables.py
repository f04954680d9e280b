"""Tables, their course, form and streaks as they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


class TableRow(Provenance):
    """One team's place; teams that nothing parts share a rank."""

    rank: int
    team_id: int
    team_name: str
    matches: int
    wins: int
    draws: int
    losses: int
    goals_for: int
    goals_against: int
    goal_difference: int
    points: int
    adjustment: int
    form: str


class Ruling(BaseModel):
    """What a court or league decided: points given or taken, or the last place."""

    team_id: int
    points: int
    placed_last: bool
    applies_from: datetime
    reason: str


class Table(BaseModel):
    """A league table at a moment; `half` when only the goals of one count."""

    league: str
    name: str
    season: str
    as_of: datetime | None
    venue: Literal["all", "home", "away"]
    half: Literal[1, 2] | None
    tie_break: list[str]
    rulings: list[Ruling]
    rows: list[TableRow]


class Point(Provenance):
    """A team after a round: by points, goal difference and goals."""

    round: int
    rank: int
    team_id: int
    team_name: str
    matches: int
    points: int
    goal_difference: int
    goals_for: int


class Graph(BaseModel):
    """By round and rank."""

    league: str
    season: str
    items: list[Point]


class Record(BaseModel):
    """What results add up to; `form` has the newest letter last."""

    matches: int
    wins: int
    draws: int
    losses: int
    goals_for: int
    goals_against: int
    goal_difference: int
    points: int
    points_per_match: float | None
    clean_sheets: int
    without_goal: int
    form: str


class TeamForm(Record, Provenance):
    """A team's last results."""

    team_id: int
    team_name: str


class Form(BaseModel):
    """The best first."""

    league: str
    season: str
    n: int
    items: list[TeamForm]


class Streak(BaseModel):
    """Results in a row."""

    kind: Literal["wins", "draws", "losses", "unbeaten", "winless", "clean_sheets", "scoring", "without_goal"]
    length: int
    first_at: datetime
    last_at: datetime
    goes_on: bool


class TeamStreak(Streak, Provenance):
    """A team's longest of a kind, or the one that goes on."""

    team_id: int
    team_name: str


class Streaks(BaseModel):
    """By kind, the longest first."""

    league: str
    season: str
    items: list[TeamStreak]
