"""The queries query-stats accepts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from shared.errors import InvalidInput
from shared.web import paging

_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""`date.fromisoformat` alone reads more than that: it takes ``20250830xx``."""
_SEASON = re.compile(r"([0-9]{4})[-/\\](?:[0-9]{2})?([0-9]{2})")


def _moment(text: Any) -> datetime | None:
    """The instant meant: a bare date means the end of that day, UTC."""
    if not text:
        return None
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as exc:
        raise ValueError("not a date or an instant") from exc
    if moment.tzinfo is None:
        raise ValueError("an instant needs its zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("not a date or an instant") from exc


def _label(text: str) -> str:
    """The season as the store names it: ``2024/25``, however it was written."""
    written = _SEASON.fullmatch(text)
    return f"{written[1]}/{written[2]}" if written else text


def _text(description: str, max_length: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "maxLength": max_length, "description": description, "default": ""})


Moment = Annotated[
    datetime | None, BeforeValidator(_moment), _text("a date (its end counts) or an instant with zone", 40)
]
Label = Annotated[
    str, AfterValidator(_label), Field(max_length=12, description="2024/25, 2024-25, 2025, or a season id")
]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2299, 12, 30))]
"""What the store can hold; the day after is one too."""
Cursor = Annotated[str, Field(max_length=200, description="`next` of the page before")]


class Nothing(BaseModel):
    """No parameters."""

    model_config = ConfigDict(extra="forbid")


class SeasonQuery(Nothing):
    """Which season; empty means the newest."""

    season: Label = ""


class TableQuery(SeasonQuery):
    """Which table."""

    as_of: Moment = None
    venue: Literal["", "home", "away"] = ""
    half: Literal["", "1", "2"] = Field(default="", description="goals of this half alone")


class StandingsQuery(SeasonQuery):
    """Which of the source's tables."""

    venue: Literal["", "home", "away"] = ""


class CourseQuery(SeasonQuery):
    """Which season, up to when."""

    as_of: Moment = None


class FormQuery(CourseQuery):
    """The last results of each team."""

    n: int = Field(default=5, ge=1, le=50)
    venue: Literal["", "home", "away"] = ""


class AnySeasonQuery(Nothing):
    """Which season; empty means all."""

    season: Label = ""


State = Literal["", "notstarted", "inprogress", "finished", "postponed", "canceled", "interrupted"]


class PageQuery(Nothing):
    """Which page of something that may be long."""

    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: Cursor = ""


class MatchesQuery(SeasonQuery, PageQuery):
    """Which matches of a season."""

    round: int | None = Field(default=None, ge=0, le=200)
    team: int | None = Field(default=None, ge=1)
    state: State = ""


class DayQuery(PageQuery):
    """Which day."""

    date: Day = Field(description="UTC")


class TeamMatchesQuery(AnySeasonQuery, PageQuery):
    """Which matches of a team."""

    state: State = ""


class PlayerMatchesQuery(AnySeasonQuery, PageQuery):
    """Which matches of a player."""


class SpanQuery(AnySeasonQuery):
    """One season, or the days between two dates (both count); neither means every season."""

    date_from: Day | None = None
    date_to: Day | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.season and (self.date_from or self.date_to):
            raise InvalidInput("the query does not fit", errors={"season": "either a season or dates"})
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise InvalidInput("the query does not fit", errors={"date_to": "before date_from"})
        return self


class PlayersQuery(SeasonQuery):
    """Which players of a season, those with the most minutes first."""

    team: int = Field(default=0, ge=0, description="only this club's; 0 means all")
    position: Literal["", "G", "D", "M", "F"] = ""
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    offset: int = Field(default=0, ge=0, le=100_000)


class LeadersQuery(SeasonQuery):
    """Which leaderboard."""

    metric: str = Field(default="goals", pattern="^[A-Za-z]{2,60}$", description="the source's name of a statistic")
    per_90: bool = False
    min_minutes: int = Field(default=0, ge=0, le=10_000)
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)


class ManagerStatsQuery(Nothing):
    """How a manager's results are grouped."""

    by: Literal["team", "season"] = "season"


class CorrectionsQuery(SeasonQuery):
    """Since when."""

    since: Moment = None
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
