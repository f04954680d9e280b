"""The queries query-stats accepts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from shared import paging

_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""`date.fromisoformat` alone reads more than that: it takes ``20250830xx``."""


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


def _text(description: str, max_length: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "maxLength": max_length, "description": description, "default": ""})


Moment = Annotated[
    datetime | None, BeforeValidator(_moment), _text("a date (its end counts) or an instant with zone", 40)
]
Cursor = Annotated[str, Field(max_length=200, description="`next` of the page before")]


class Nothing(BaseModel):
    """No parameters."""

    model_config = ConfigDict(extra="forbid")


class SeasonQuery(Nothing):
    """Which season; empty means the newest."""

    season: str = Field(default="", max_length=12, description="2024/25, 2024-25, 2025, or a season id")


class TableQuery(SeasonQuery):
    """Which table."""

    as_of: Moment = None
    venue: Literal["", "home", "away"] = ""


class MatchesQuery(SeasonQuery):
    """Which matches of a season."""

    round: int | None = Field(default=None, ge=0, le=200)
    team: int | None = Field(default=None, ge=1)
    state: Literal["", "notstarted", "inprogress", "finished", "postponed", "canceled", "interrupted"] = ""
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: Cursor = ""


class LeadersQuery(SeasonQuery):
    """Which leaderboard."""

    metric: str = Field(default="goals", pattern="^[A-Za-z]{2,60}$", description="the source's name of a statistic")
    per_90: bool = False
    min_minutes: int = Field(default=0, ge=0, le=10_000)
    limit: int = Field(default=20, ge=1, le=paging.MAX_LIMIT)
