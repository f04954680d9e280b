"""The queries analyze accepts, and how a page of forecasts looks outside."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from functions.analyze import service
from shared import paging


class ForecastsQuery(BaseModel):
    """Query of a league's forecasts."""

    model_config = ConfigDict(extra="forbid")
    round: str = Field(default="", max_length=8, description="next, a number, or empty for the whole season")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


class PairingQuery(BaseModel):
    """Any two teams of a league."""

    model_config = ConfigDict(extra="forbid")
    home: int = Field(ge=1, description="team id")
    away: int = Field(ge=1, description="team id")


def forecasts(slug: str, asked: ForecastsQuery, deps: service.Deps) -> dict[str, Any]:
    """One page of forecasts, its cursor opaque."""
    page = service.forecasts(
        slug, round=asked.round, after=paging.decode_moment(asked.cursor), limit=asked.limit, deps=deps
    )
    return {**page, "next": paging.encode(page["next"])}
