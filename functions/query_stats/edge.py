"""The query parameters that query-stats accepts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, create_model, model_validator

from shared.errors import InvalidInput
from shared.web import paging
from shared.web.request_models import PageQuery, Query

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
_MOMENT = re.compile(f"{_DATE}(T{_TIME})?", re.ASCII)
"""RFC 3339; `datetime.fromisoformat` alone reads more than that, such as ``20250830xx``."""
_FIRST_INSTANT, _LAST_INSTANT = datetime(1900, 1, 1, tzinfo=UTC), datetime(2299, 12, 30, tzinfo=UTC)
"""What the store can hold."""
_SEASON = re.compile(r"([0-9]{4})[-/\\](?:[0-9]{2})?([0-9]{2})")


def _to_moment(text: Any) -> datetime | None:
    """Convert a date or an instant; a date means the end of that day, UTC."""
    if not text:
        return None
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError("must be a date (2025-08-30) or an instant with time zone (2025-08-30T14:00:00Z)")
    try:
        if match[1] is None:
            return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), UTC)
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise ValueError("must be a date or an instant that exists") from exc


def _to_instant(text: Any) -> datetime | None:
    """Convert an instant; nothing else names the beginning of a local day."""
    if text and "T" not in text:
        raise ValueError("must be an instant with time zone (2025-08-30T14:00:00Z)")
    instant = _to_moment(text)
    if instant is not None and not _FIRST_INSTANT <= instant <= _LAST_INSTANT:
        raise ValueError("must lie between 1900 and 2299")
    return instant


def _to_season_label(text: str) -> str:
    """Convert every usual way to write a season to the label of the store, such as ``2024/25``."""
    match = _SEASON.fullmatch(text)
    return f"{match[1]}/{match[2]}" if match else text


def _moment_schema(description: str, max_length: int) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^({_MOMENT.pattern})?$",
            "maxLength": max_length,
            "description": description,
            "default": "",
        }
    )


Moment = Annotated[
    datetime | None,
    BeforeValidator(_to_moment),
    _moment_schema("a date (the end of that day, UTC) or an instant with time zone", 40),
]
Instant = Annotated[
    datetime | None,
    BeforeValidator(_to_instant),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^({_DATE}T{_TIME})?$",
            "maxLength": 40,
            "description": "an instant with time zone",
        }
    ),
]
_LONGEST_SPAN = timedelta(days=31)
SeasonLabel = Annotated[
    str, AfterValidator(_to_season_label), Field(max_length=12, description="2024/25, 2024-25, 2025, or a season id")
]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2299, 12, 30))]
"""A day that the store can hold, and so can the day after."""
Venue = Literal["", "home", "away"]
State = Literal["", "notstarted", "inprogress", "finished", "postponed", "canceled", "interrupted"]


class NoParameters(Query):
    """A query without parameters."""


class SeasonQuery(Query):
    """One season; empty means the newest."""

    season: SeasonLabel = ""


class AnySeasonQuery(Query):
    """One season; empty means all seasons."""

    season: SeasonLabel = ""


class SeasonAsOfQuery(SeasonQuery):
    """One season as of a moment."""

    as_of: Moment = None


class TableQuery(SeasonAsOfQuery):
    """Parameters of a league table."""

    venue: Venue = ""
    half: Literal["", "1", "2"] = Field(default="", description="count only the goals of this half")


class StandingsQuery(SeasonQuery):
    """Parameters of the source's own tables."""

    venue: Venue = ""


class FormQuery(SeasonAsOfQuery):
    """Parameters of the form table."""

    n: int = Field(default=5, ge=1, le=50, description="number of matches")
    venue: Venue = ""


class MatchesQuery(SeasonQuery, PageQuery):
    """Parameters of a season's matches."""

    round: int | None = Field(default=None, ge=0, le=200)
    team: int | None = Field(default=None, ge=1)
    state: State = ""


class DayQuery(PageQuery):
    """Parameters of the matches of a day: the day in UTC, or the instants between which a day lies elsewhere."""

    date: Day | None = Field(default=None, description="the day in UTC")
    since: Instant = None
    until: Instant = None

    @model_validator(mode="after")
    def _check_span(self) -> Self:
        if self.date is not None and (self.since or self.until):
            raise InvalidInput("the query is not valid", errors={"date": "give either a day or instants"})
        if self.date is None and (self.since is None or self.until is None):
            raise InvalidInput("the query is not valid", errors={"date": "give a day, or since and until"})
        if self.since and self.until and not self.since < self.until <= self.since + _LONGEST_SPAN:
            raise InvalidInput("the query is not valid", errors={"until": "must be up to 31 days after since"})
        return self


class AllMatchesQuery(Query):
    """Parameters of the matches of all leagues; without any of them all that is stored."""

    league: str = Field(default="", max_length=40, description="only this league: its slug or id")
    date: Day | None = Field(default=None, description="one day in UTC")
    date_from: Day | None = Field(default=None, description="the first day in UTC")
    date_to: Day | None = Field(default=None, description="the last day in UTC")

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.date and (self.date_from or self.date_to):
            raise InvalidInput("the query is not valid", errors={"date": "give either a day or a span of days"})
        return self


class SeasonOddsQuery(SeasonQuery):
    """Parameters of the prices of a season."""

    market: str = Field(default="", max_length=40, description="only this market, such as 1x2")
    closing: bool = Field(default=False, description="only prices at kick-off")


class TeamMatchesQuery(AnySeasonQuery, PageQuery):
    """Parameters of a team's matches."""

    state: State = ""


class PlayerMatchesQuery(AnySeasonQuery, PageQuery):
    """Parameters of a player's matches."""


class SpanQuery(AnySeasonQuery):
    """One season, or the days between two dates (both included); without either all seasons."""

    date_from: Day | None = None
    date_to: Day | None = None

    @model_validator(mode="after")
    def _check_span(self) -> Self:
        if self.season and (self.date_from or self.date_to):
            raise InvalidInput("the query is not valid", errors={"season": "give either a season or dates"})
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise InvalidInput("the query is not valid", errors={"date_to": "must not be before date_from"})
        return self


class PlayersQuery(SeasonQuery):
    """Parameters of the players of a season, the most minutes first."""

    team: int = Field(default=0, ge=0, description="only players of this club; 0 means all")
    position: Literal["", "G", "D", "M", "F"] = ""
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    offset: int = Field(default=0, ge=0, le=100_000)


class LeadersQuery(SeasonQuery):
    """Parameters of a leaderboard."""

    metric: str = Field(default="goals", pattern="^[A-Za-z]{2,60}$", description="the source's name of a statistic")
    per_90: bool = False
    min_minutes: int = Field(default=0, ge=0, le=10_000)
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)


class ManagerStatsQuery(Query):
    """Parameters of a manager's results."""

    by: Literal["team", "season"] = "season"


class CorrectionsQuery(SeasonQuery):
    """Parameters of the corrections of a season."""

    since: Moment = None
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)


_OF_A_PAGE = frozenset({"limit", "cursor", "offset"})


@cache
def without_page(query: type[Query]) -> type[Query]:
    """Return the parameters of a query without those of a page, for the table as a whole."""
    if not _OF_A_PAGE & query.model_fields.keys():
        return query
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in query.model_fields.items() if name not in _OF_A_PAGE
    }
    return create_model(f"Whole{query.__name__}", __base__=Query, __doc__=query.__doc__, **fields)
