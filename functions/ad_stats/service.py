"""What campaigns cost and brought, how they pace, and why a bid was what it was. Money is simulated, in minor units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from shared.errors import InvalidInput, NotFound
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import Caller, Tokens

CAMPAIGN, DAY, HOUR = "campaign", "day", "hour"
_DECIDED_WITHIN = timedelta(days=1)


class Counts(NamedTuple):
    """What a campaign did in a period; the period is empty where it is the whole."""

    campaign_id: str
    period: str
    impressions: int
    clicks: int
    spend: int
    orders: int
    revenue: int
    position_sum: int
    """In hundredths of a place, over impressions."""


class Pacing(NamedTuple):
    """The latest decision of a campaign."""

    campaign_id: str
    decided_at: datetime
    day: str
    allowance: int
    planned: int
    spent: int
    bid: int
    reason: str


class Decision(NamedTuple):
    """One decision: what was bid, why, and what it was decided from."""

    at: datetime
    day: str
    bid: int
    previous_bid: int
    reason: str
    pacing_bid: float
    ceiling: float
    spent: int
    allowance: int
    planned: int
    clicks: int
    position: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A period of a campaign with what is derived from its counts; None where a divisor is zero."""

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
    """Spend beside revenue (DRR)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCampaign:
    """A campaign of a store."""

    id: str
    name: str
    zone: str


class StoreCampaigns(Protocol):
    """Campaigns that a user may see; `NotFound` for what they may not."""

    def of_store(self, user_id: str, store_id: str) -> Sequence[StoreCampaign]:
        """Campaigns of a store, deleted ones too, by id."""

    def require_campaign(self, user_id: str, campaign_id: str) -> None:
        """Return when the user may see a campaign."""


class AdStats(Protocol):
    """Hours and decisions in ClickHouse."""

    def counts(
        self, campaign_ids: Sequence[str], by: str, begins: datetime, ends: datetime, *, zone: str, limit: int
    ) -> Sequence[Counts]:
        """Sums by campaign, day or hour."""

    def pacing(self, campaign_ids: Sequence[str], *, since: datetime) -> Sequence[Pacing]:
        """The latest decision of each campaign."""

    def decisions(self, campaign_id: str, begins: datetime, before: datetime, *, limit: int) -> Sequence[Decision]:
        """Decisions of a campaign, the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    campaigns: StoreCampaigns
    stats: AdStats
    tokens: Tokens
    clock: Clock
    probes: Probes = field(default_factory=dict)


def read_rows(
    caller: Caller,
    store_id: str,
    campaign_id: str,
    by: str,
    begins: datetime,
    ends: datetime,
    *,
    limit: int,
    deps: Deps,
) -> list[Row]:
    """Counts of a store's campaigns, or of one; days are those of each campaign's own zone.

    `InvalidInput` when there are more than `limit` rows: nothing is cut off silently.
    """
    campaigns = [
        each for each in deps.campaigns.of_store(caller.user_id, store_id) if not campaign_id or each.id == campaign_id
    ]
    if campaign_id and not campaigns:
        raise NotFound(f"campaign {campaign_id}")
    names = {each.id: each.name for each in campaigns}
    rows: list[Row] = []
    for zone in sorted({each.zone for each in campaigns}) if by == DAY else ["UTC"]:
        ids = [each.id for each in campaigns if by != DAY or each.zone == zone]
        if ids:
            counts = deps.stats.counts(ids, by, begins, ends, zone=zone, limit=limit + 1)
            rows += [derive(each, names) for each in counts]
    if len(rows) > limit:
        raise InvalidInput(f"more than {limit} rows: ask for a shorter period", errors={"begins": "is too early"})
    return sorted(rows, key=lambda row: (row.campaign_id, row.period))


def read_pacing(caller: Caller, store_id: str, deps: Deps) -> list[tuple[StoreCampaign, Pacing]]:
    """The latest decision of each campaign of a store, where there was one within a day."""
    campaigns = {each.id: each for each in deps.campaigns.of_store(caller.user_id, store_id)}
    if not campaigns:
        return []
    latest = deps.stats.pacing(list(campaigns), since=deps.clock.now() - _DECIDED_WITHIN)
    return [(campaigns[each.campaign_id], each) for each in latest]


def read_decisions(
    caller: Caller, campaign_id: str, begins: datetime, before: datetime, *, limit: int, deps: Deps
) -> Sequence[Decision]:
    """Decisions of a campaign, the latest first."""
    deps.campaigns.require_campaign(caller.user_id, campaign_id)
    return deps.stats.decisions(campaign_id, begins, before, limit=limit)


def derive(counts: Counts, names: Mapping[str, str]) -> Row:
    """A row from its counts."""
    return Row(
        campaign_id=counts.campaign_id,
        name=names[counts.campaign_id],
        period=counts.period,
        impressions=counts.impressions,
        clicks=counts.clicks,
        spend=counts.spend,
        orders=counts.orders,
        revenue=counts.revenue,
        position=_ratio(counts.position_sum / 100, counts.impressions),
        cost_per_click=_ratio(counts.spend, counts.clicks),
        cost_per_order=_ratio(counts.spend, counts.orders),
        advertising_share=_ratio(counts.spend, counts.revenue),
    )


def _ratio(value: float, divisor: int) -> float | None:
    return round(value / divisor, 4) if divisor else None
