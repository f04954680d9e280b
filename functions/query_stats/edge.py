"""The queries query-stats accepts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared import paging
from shared.errors import InvalidInput

_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""`date.fromisoformat` alone reads more than that: it takes ``20250830xx``."""


class SeasonQuery(BaseModel):
    """Which season; empty means the newest."""

    model_config = ConfigDict(extra="forbid")
    season: str = Field(default="", max_length=12, description="2024/25, 2024-25, 2025, or a season id")


class TableQuery(SeasonQuery):
    """Which table."""

    as_of: str = Field(default="", max_length=40, description="a date (its end counts) or an instant with zone")
    venue: Literal["", "home", "away"] = ""

    def moment(self) -> datetime | None:
        """The instant meant: a bare date means the end of that day, UTC."""
        if not self.as_of:
            return None
        try:
            if _DATE.fullmatch(self.as_of):
                return datetime.combine(date.fromisoformat(self.as_of) + timedelta(days=1), time(), UTC)
            moment = datetime.fromisoformat(self.as_of)
        except (ValueError, OverflowError) as exc:
            raise InvalidInput("the query does not fit", errors={"as_of": "not a date or an instant"}) from exc
        if moment.tzinfo is None:
            raise InvalidInput("the query does not fit", errors={"as_of": "an instant needs its zone"})
        return moment.astimezone(UTC)


class MatchesQuery(SeasonQuery):
    """Which matches of a season."""

    round: int | None = Field(default=None, ge=0, le=200)
    team: int | None = Field(default=None, ge=1)
    state: Literal["", "notstarted", "inprogress", "finished", "postponed", "canceled", "interrupted"] = ""
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


class LeadersQuery(SeasonQuery):
    """Which leaderboard."""

    metric: str = Field(default="goals", pattern="^[A-Za-z]{2,60}$", description="the source's name of a statistic")
    per_90: bool = False
    min_minutes: int = Field(default=0, ge=0, le=10_000)
    limit: int = Field(default=20, ge=1, le=paging.MAX_LIMIT)
