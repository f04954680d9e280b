"""The queries ad-stats accepts, and how its answers look outside. Money is simulated, in minor units."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, Literal

from flask import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.ad_stats import service
from functions.ad_stats.service import Decision, Deps
from shared.errors import InvalidInput
from shared.web import callers, content_negotiation, http, json_text, paging

_ROWS_AT_MOST = 50_000
_LONGEST = timedelta(days=366)
_MICROSECOND = timedelta(microseconds=1)


class Period(BaseModel):
    """Query of a period; the last 7 days unless it says when."""

    model_config = ConfigDict(extra="forbid")
    begins: AwareDatetime | None = None
    ends: AwareDatetime | None = None


class StatsQuery(Period):
    """Query of what campaigns cost and brought."""

    store_id: str = Field(max_length=36)
    campaign_id: str = Field(default="", max_length=36)
    by: Literal["campaign", "day", "hour"] = Field(
        default="campaign", description="a day is one of the campaign's zone"
    )


class PacingQuery(BaseModel):
    """Query of how a store's campaigns pace."""

    model_config = ConfigDict(extra="forbid")
    store_id: str = Field(max_length=36)


class DecisionQuery(Period):
    """Query of a campaign's decisions."""

    campaign_id: str = Field(max_length=36)
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


class StatsRow(BaseModel):
    """A period of a campaign; `advertising_share` is spend beside revenue."""

    campaign_id: str
    name: str
    period: str
    impressions: int
    clicks: int
    spend: int
    orders: int
    revenue: int
    position: float | None
    cost_per_click: float | None
    cost_per_order: float | None
    advertising_share: float | None


class StatsContent(BaseModel):
    """What campaigns cost and brought; CSV, Parquet and Arrow hold the items."""

    begins: datetime
    ends: datetime
    simulated: bool
    items: list[StatsRow]


class PacingRow(BaseModel):
    """A campaign beside its plan; `deviation` is (spent - planned) / allowance."""

    campaign_id: str
    name: str
    decided_at: datetime
    day: str
    allowance: int
    planned: int
    spent: int
    deviation: float | None
    bid: int
    reason: str


class PacingContent(BaseModel):
    """Every campaign beside its plan."""

    items: list[PacingRow]


class DecisionRow(BaseModel):
    """What was bid and why; `ceiling` is the target's, null where there is none."""

    at: datetime
    day: str
    bid: int
    previous_bid: int
    reason: str
    pacing_bid: float
    ceiling: float | None
    spent: int
    allowance: int
    planned: int
    clicks: int
    position: float


class DecisionContent(BaseModel):
    """One page, the latest first."""

    items: list[DecisionRow]
    next: str | None


def show_stats(deps: Deps) -> Response:
    """Rows by campaign, day or hour."""
    caller, query = callers.caller(deps), http.read_query(StatsQuery)
    begins, ends = _period(query, deps.clock.now())
    rows = service.read_rows(
        caller, query.store_id, query.campaign_id, query.by, begins, ends, limit=_ROWS_AT_MOST, deps=deps
    )
    items = [asdict(row) for row in rows]
    return _negotiate({"begins": begins, "ends": ends, "simulated": True, "items": items}, StatsContent)


def show_pacing(deps: Deps) -> Response:
    """Campaigns beside their plans."""
    caller, query = callers.caller(deps), http.read_query(PacingQuery)
    items = [
        {
            **each._asdict(),
            "name": campaign.name,
            "deviation": round((each.spent - each.planned) / each.allowance, 4) if each.allowance else None,
        }
        for campaign, each in service.read_pacing(caller, query.store_id, deps)
    ]
    return _negotiate({"items": items}, PacingContent)


def list_decisions(deps: Deps) -> Response:
    """One page of a campaign's decisions."""
    caller, query = callers.caller(deps), http.read_query(DecisionQuery)
    begins, ends = _period(query, deps.clock.now())
    position = paging.decode(query.cursor, int)
    before = min(ends, _from_micros(position[0])) if position else ends
    rows = service.read_decisions(caller, query.campaign_id, begins, before, limit=query.limit + 1, deps=deps)
    shown = rows[: query.limit]
    following = paging.encode([_to_micros(shown[-1].at)]) if len(rows) > query.limit else None
    return _negotiate({"items": [_decision(row) for row in shown], "next": following}, DecisionContent)


def _negotiate(content: dict[str, Any], model: type[BaseModel]) -> Response:
    response = content_negotiation.respond(json_text.encode(content), lambda: model)
    response.headers.update(callers.NO_STORE)
    return response


def _decision(row: Decision) -> dict[str, Any]:
    fields = row._asdict()
    return {**fields, "ceiling": row.ceiling if isfinite(row.ceiling) else None}


def _period(query: Period, now: datetime) -> tuple[datetime, datetime]:
    ends = query.ends or now
    begins = query.begins or ends - timedelta(days=7)
    if not datetime(2000, 1, 1, tzinfo=UTC) <= begins < ends <= datetime(2100, 1, 1, tzinfo=UTC):
        raise InvalidInput("the period is out of range", errors={"begins": "must be after 2000 and before ends"})
    if ends - begins > _LONGEST:
        raise InvalidInput("the period is too long", errors={"ends": "at most a year after begins"})
    return begins.astimezone(UTC), ends.astimezone(UTC)


def _to_micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND


def _from_micros(value: int) -> datetime:
    if not 0 <= value < 2**52:
        raise InvalidInput("the cursor is not one of ours", errors={"cursor": "unknown"})
    return datetime(1970, 1, 1, tzinfo=UTC) + value * _MICROSECOND
