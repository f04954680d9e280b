"""The queries analyze accepts, and how a page of forecasts looks outside."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from functions.analyze import ports, service
from shared.web import paging
from shared.web.request_models import PageQuery, Query

_AS_OF = Field(default=None, description="answer from results before this day (UTC) alone, as YYYY-MM-DD")


class RatingsQuery(Query):
    """Which ratings of a league."""

    kind: Literal["elo", "pi", "massey", "colley", "goals", "attack"] = "elo"
    as_of: date | None = _AS_OF


class HistoryQuery(Query):
    """Which ratings of which season."""

    kind: Literal["elo", "pi", "goals"] = "elo"
    season: str = Field(default="", max_length=12, description="2024/25, 2024-25, 2025, or a season id")
    as_of: date | None = _AS_OF


class ForecastsQuery(PageQuery):
    """Query of a league's forecasts."""

    round: str = Field(default="", max_length=8, description="next, a number, or empty for the whole season")
    as_of: date | None = _AS_OF


class ViewQuery(Query):
    """Of which day a view is asked."""

    as_of: date | None = _AS_OF


class SimilarQuery(Query):
    """Like whom, how many, and how much each must have played."""

    player: int = Field(ge=1, description="player id")
    k: int = Field(default=10, ge=1, le=30)
    min_minutes: int = Field(default=450, ge=90, le=6000)
    as_of: date | None = _AS_OF


class MarketQuery(Query):
    """The odds of one match, and which match it is."""

    home: int = Field(ge=1, description="team id")
    away: int = Field(ge=1, description="team id")
    odds: str = Field(max_length=60, description="decimal odds of home win, draw and away win, as 2.1,3.4,3.6")
    as_of: date | None = _AS_OF


class PairingQuery(Query):
    """Any two teams of a league."""

    home: int = Field(ge=1, description="team id")
    away: int = Field(ge=1, description="team id")
    model: Literal["", "poisson_recent_matches_v1"] = Field(default="", description="a baseline instead of our best")
    as_of: date | None = _AS_OF


def forecasts(slug: str, asked: ForecastsQuery, deps: ports.Deps) -> dict[str, Any]:
    """One page of forecasts, its cursor opaque."""
    page = service.forecasts(
        slug,
        round=asked.round,
        after=paging.decode_time_and_id(asked.cursor),
        limit=asked.limit,
        as_of=asked.as_of,
        deps=deps,
    )
    return {**page, "next": paging.encode(page["next"])}


def market(slug: str, asked: MarketQuery, deps: ports.Deps) -> dict[str, Any]:
    """A forecast beside what odds say of the same match."""
    from functions.analyze.views import odds_comparison as market_view

    pairing = service.pairing(slug, asked.home, asked.away, as_of=asked.as_of, deps=deps)
    return market_view.beside(pairing, market_view.parsed(asked.odds))
