"""Models of tables, form and streaks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from functions.query_stats.models.provenance import Provenance


class TableRow(Provenance):
    """A team's row in a table; teams that are level after the whole tie-break share a rank.

    `group` names the table where the season has several (Apertura and Clausura, groups); ranks are within it.
    """

    group: str
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
    """A decision of a court or league: points added or deducted, or the last place."""

    team_id: int
    points: int
    placed_last: bool
    applies_from: datetime
    reason: str


class Table(BaseModel):
    """A league table at a moment.

    `half` is set if only the goals of one half count. `rules_reviewed` is false if the season's rules are not known
    or were not checked against the league's own text; `rules_source` names who says so, `cautions` what is in doubt.
    """

    league: str
    name: str
    season: str
    as_of: datetime | None
    venue: Literal["all", "home", "away"]
    half: Literal[1, 2] | None
    tie_break: list[str]
    rules_reviewed: bool
    rules_source: str
    cautions: list[str]
    rulings: list[Ruling]
    rows: list[TableRow]


class Point(Provenance):
    """A team's rank after a round, in the table that `group` names."""

    group: str
    round: int
    rank: int
    team_id: int
    team_name: str
    matches: int
    points: int
    goal_difference: int
    goals_for: int


class Graph(BaseModel):
    """Rows by round and rank."""

    league: str
    season: str
    items: list[Point]


class Record(BaseModel):
    """Sums of results; `form` has the newest result last."""

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
    """The sums of a team's last results."""

    team_id: int
    team_name: str


class Form(BaseModel):
    """Teams, the best form first."""

    league: str
    season: str
    n: int
    items: list[TeamForm]


class Streak(BaseModel):
    """Consecutive results of one kind; `goes_on` if the newest result belongs to it."""

    kind: Literal["wins", "draws", "losses", "unbeaten", "winless", "clean_sheets", "scoring", "without_goal"]
    length: int
    first_at: datetime
    last_at: datetime
    goes_on: bool


class TeamStreak(Streak, Provenance):
    """A team's longest or current streak of a kind."""

    team_id: int
    team_name: str


class Streaks(BaseModel):
    """Streaks by kind, the longest first."""

    league: str
    season: str
    items: list[TeamStreak]
