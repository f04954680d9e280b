"""The queries analyze accepts, and how a page of forecasts looks outside."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.analyze import service
from shared import paging

_AS_OF = Field(default=None, description="answer from results before this day (UTC) alone, as YYYY-MM-DD")


class RatingsQuery(BaseModel):
    """Which ratings of a league."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["elo", "pi", "massey", "colley", "goals", "attack"] = "elo"
    as_of: date | None = _AS_OF


class ForecastsQuery(BaseModel):
    """Query of a league's forecasts."""

    model_config = ConfigDict(extra="forbid")
    round: str = Field(default="", max_length=8, description="next, a number, or empty for the whole season")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)
    as_of: date | None = _AS_OF


class PairingQuery(BaseModel):
    """Any two teams of a league."""

    model_config = ConfigDict(extra="forbid")
    home: int = Field(ge=1, description="team id")
    away: int = Field(ge=1, description="team id")
    model: Literal["", "poisson_recent_matches_v1"] = Field(default="", description="a baseline instead of our best")
    as_of: date | None = _AS_OF


def forecasts(slug: str, asked: ForecastsQuery, deps: service.Deps) -> dict[str, Any]:
    """One page of forecasts, its cursor opaque."""
    page = service.forecasts(
        slug,
        round=asked.round,
        after=paging.decode_moment(asked.cursor),
        limit=asked.limit,
        as_of=asked.as_of,
        deps=deps,
    )
    return {**page, "next": paging.encode(page["next"])}
