"""The query parameters that analyze accepts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from shared.web.request_models import PageQuery, Query

_FIRST_INSTANT, _LAST_INSTANT = datetime(1900, 1, 1, tzinfo=UTC), datetime(2299, 12, 30, tzinfo=UTC)
_TEAM_ID = Field(ge=1, description="team id")


class NoParameters(Query):
    """A query without parameters."""


class AsOfQuery(Query):
    """The parameter of every route."""

    as_of: date | None = Field(
        default=None, description="use only the results before this day (UTC), written as YYYY-MM-DD"
    )


class RatingsQuery(AsOfQuery):
    """Parameters of ``/ratings``."""

    kind: Literal["elo", "pi", "massey", "colley", "goals", "attack"] = "elo"


class RatingHistoryQuery(AsOfQuery):
    """Parameters of ``/ratings/history``."""

    kind: Literal["elo", "pi", "goals"] = "elo"
    season: str = Field(default="", max_length=12, description="2024/25, 2024-25, 2025, or a season id")


class ForecastsQuery(AsOfQuery, PageQuery):
    """Parameters of ``/forecasts``."""

    round: str = Field(default="", max_length=8, description="next, a number, or empty for the whole season")


class SpanQuery(PageQuery):
    """Parameters of the forecasts of all leagues."""

    since: AwareDatetime = Field(
        default=_FIRST_INSTANT, ge=_FIRST_INSTANT, le=_LAST_INSTANT, description="first kick-off"
    )
    until: AwareDatetime = Field(
        default=_LAST_INSTANT, ge=_FIRST_INSTANT, le=_LAST_INSTANT, description="kick-off before"
    )
    league: str = Field(default="", max_length=40, description="of one league only")
    whole: bool = Field(default=False, description="all of them in one answer, without pages")


class ViewQuery(AsOfQuery):
    """Parameters of a view."""


class SimilarPlayersQuery(AsOfQuery):
    """Parameters of ``/similar-players``."""

    player: int = Field(ge=1, description="player id")
    k: int = Field(default=10, ge=1, le=30)
    min_minutes: int = Field(default=450, ge=90, le=6000)


class MarketQuery(AsOfQuery):
    """Parameters of ``/market``."""

    home: int = _TEAM_ID
    away: int = _TEAM_ID
    odds: str = Field(max_length=60, description="decimal odds of home win, draw and away win, as 2.1,3.4,3.6")


class ScoreMatricesQuery(AsOfQuery, PageQuery):
    """Parameters of ``/score-matrices``."""


class PairingQuery(AsOfQuery):
    """Parameters of ``/pairing``."""

    home: int = _TEAM_ID
    away: int = _TEAM_ID
    model: Literal["", "poisson_recent_matches_v1"] = Field(default="", description="a baseline instead of our best")
