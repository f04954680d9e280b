"""One tick of one store: from rows and a report of the market to money to move and bids to send. Pure.

`begin` reads the report and says which money must move; what could be reserved comes back to `finish`, which decides
the bids; `changes` says what the market must be told. Everything is arrays of shape (N,) over the store's open
campaigns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from functions.place_bids.ports import BiddingRow, CampaignTick, MarketCampaign, MarketReport, MoneyMove, Tick
from shared.domain.ads import decisions
from shared.domain.ads.campaigns import CampaignState, Reason
from shared.domain.ads.days import Day, day_at
from shared.domain.ads.decisions import STATE, Situation
from shared.domain.ads.pacing import Floats, Observation, Plan
from shared.domain.ads.spending import Money, day_allowance, to_release, to_reserve
from shared.domain.ads.traffic import passed, week_hours

ACTIVE, PAUSED, ARCHIVED = "active", "paused", "archived"
"""States of a campaign at the market."""
_NAN = float("nan")


def missing(rows: Sequence[BiddingRow], report: MarketReport) -> list[BiddingRow]:
    """Campaigns that the market does not know yet; those deleted before it ever did need not be created."""
    return [row for row in rows if row.campaign_id not in report.campaigns and row.state != CampaignState.DELETED]


def begin(
    rows: Sequence[BiddingRow],
    report: MarketReport,
    weeks: Mapping[str, Floats],
    places: Mapping[str, Sequence[int]],
    *,
    now: datetime,
) -> Tick:
    """Read a report: what was charged, what the day may cost, what must be reserved or can be released."""
    campaigns = [_begin(row, report, weeks.get(row.region), now) for row in rows]
    return Tick(now=now, report=report, campaigns=campaigns, weeks=weeks, places=places)


def finish(tick: Tick, reserved: Mapping[str, int]) -> Tick:
    """Decide every bid, knowing what could be reserved of what was asked."""
    funded = [_fund(each, reserved.get(each.row.campaign_id, 0)) for each in tick.campaigns]
    if not funded:
        return replace(tick, campaigns=funded)
    situation = _situation(funded, tick)
    return replace(tick, campaigns=funded, decided=decisions.decide(_state(funded, situation.plan), situation))


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the market must be told, by its ids."""

    states: Mapping[int, str]
    raised: Mapping[int, int]
    lowered: Mapping[int, int]
    """Allowances."""
    bids: Mapping[int, int]


def changes(tick: Tick) -> Changes:
    """Only what differs from what the market reported; sent again after a crash, as the report will differ again."""
    states: dict[int, str] = {}
    raised: dict[int, int] = {}
    lowered: dict[int, int] = {}
    bids: dict[int, int] = {}
    decided = tick.decided.bid.tolist() if tick.decided is not None else []
    for each, bid in zip(tick.campaigns, decided, strict=True):
        market_id, wanted = each.market.id, _market_state(each)
        if market_id < 0:
            continue
        if wanted != each.market.state:
            states[market_id] = wanted
        if each.wanted_allowance != each.market.allowance:
            (raised if each.wanted_allowance > each.market.allowance else lowered)[market_id] = each.wanted_allowance
        if bid != each.market.bid:
            bids[market_id] = bid
    return Changes(states=states, raised=raised, lowered=lowered, bids=bids)


def _begin(row: BiddingRow, report: MarketReport, week: Floats | None, now: datetime) -> CampaignTick:
    market = report.campaigns.get(row.campaign_id) or _unknown(row)
    day = day_at(row.zone, now)
    idle = _idle(row, now, knows_region=week is not None, known=market.id >= 0)
    rolled = row.day != day.date
    spent_before = market.spend if rolled else row.spent_before
    since = row.allowance_since
    if since is None or market.allowance != row.allowance:
        since = report.now
    allowed = 0 if idle in (Reason.PAUSED, Reason.OUTSIDE_SCHEDULE) else _allowance(row, day, spent_before, week, now)
    money = Money(reserved=row.reserved, released=row.released, charged=market.charged, allowance=market.allowance)
    # What is spent is wanted too: clicks that are not settled yet are still charged.
    wanted = max(spent_before + allowed if allowed else market.spend, market.charged)
    release = to_release(money, wanted_allowance=wanted, lowered_at=since, settled_until=report.settled_until)
    move = MoneyMove(
        campaign_id=row.campaign_id,
        charge=market.charged - row.charged,
        release=release,
        reserve=to_reserve(money, wanted_allowance=wanted) if allowed else 0,
    )
    is_final = row.state == CampaignState.DELETED and (market.state == ARCHIVED or market.id < 0)
    return CampaignTick(
        row=row,
        market=market,
        day=day,
        ends=day.ends if row.ends_at is None else min(day.ends, row.ends_at),
        spent_before=spent_before,
        day_allowance=allowed,
        allowance_since=since,
        wanted_allowance=wanted,
        move=move,
        idle=idle,
        closed=is_final and money.balance == release and market.spend == market.charged,
    )


def _allowance(row: BiddingRow, day: Day, spent_before: int, week: Floats | None, now: datetime) -> int:
    assert week is not None
    begins = max(day.begins, row.begins_at)
    ends = day.ends if row.ends_at is None else min(day.ends, row.ends_at)
    last = row.ends_at or ends
    at = passed(week, np.array([week_hours(moment) for moment in (begins, ends, last)]))
    return day_allowance(
        daily=row.daily_budget,
        total=row.total_budget,
        spent_before=spent_before,
        traffic_today=float(at[1] - at[0]),
        traffic_left=float(at[2] - at[0]),
    )


def _idle(row: BiddingRow, now: datetime, *, knows_region: bool, known: bool) -> int:
    if row.state != CampaignState.ACTIVE:
        return Reason.PAUSED
    if now < row.begins_at or (row.ends_at is not None and now >= row.ends_at) or not (knows_region and known):
        return Reason.OUTSIDE_SCHEDULE
    return -1


def _fund(each: CampaignTick, reserved: int) -> CampaignTick:
    """The campaign with what could be reserved; its allowance is never more than that."""
    covered = each.row.reserved - each.row.released - each.move.release + reserved
    wanted = min(each.wanted_allowance, covered)
    left = wanted - each.market.spend
    idle = each.idle
    if idle < 0 and left < each.row.least_bid:
        idle = Reason.UNFUNDED if each.move.reserve > reserved else Reason.BUDGET_SPENT
    return replace(each, wanted_allowance=wanted, move=replace(each.move, reserve=reserved), idle=int(idle))


def _state(campaigns: Sequence[CampaignTick], plan: Plan) -> dict[str, Floats]:
    """The stored states as columns; campaigns that never bid start."""
    fresh = decisions.start(plan)
    stored = np.array([each.row.bidder or [_NAN] * len(STATE) for each in campaigns]).T
    return {name: np.where(np.isnan(column), fresh[name], column) for name, column in zip(STATE, stored, strict=True)}


def _situation(campaigns: Sequence[CampaignTick], tick: Tick) -> Situation:
    def column(values: Sequence[float | None]) -> Floats:
        return np.array([_NAN if value is None else value for value in values], float)

    rows, markets = [each.row for each in campaigns], [each.market for each in campaigns]
    observed = [max(row.observed_at or tick.now, each.day.begins) for row, each in zip(rows, campaigns, strict=True)]
    traffic, left = _traffic(campaigns, observed, tick)
    hours = column([(tick.now - moment).total_seconds() / 3600 for moment in observed])
    impressions = column([max(m.impressions - r.impressions, 0) for m, r in zip(markets, rows, strict=True)])
    positions = column([m.position_sum - r.position_sum for m, r in zip(markets, rows, strict=True)])
    seen = Observation(
        spend=column([max(m.spend - r.spent, 0) for m, r in zip(markets, rows, strict=True)]),
        balance=column([max(each.wanted_allowance - each.market.spend, 0) for each in campaigns]),
        traffic=traffic,
        traffic_left=left,
        hours=hours,
        hours_left=column([(each.ends - tick.now).total_seconds() / 3600 for each in campaigns]),
    )
    return Situation(
        plan=_plan(campaigns, tick),
        seen=seen,
        clicks=column([max(m.clicks - r.clicks, 0) for m, r in zip(markets, rows, strict=True)]),
        position=np.where(impressions > 0, positions / np.maximum(impressions, 1) / 100, _NAN),
        wanted_position=column([row.position for row in rows]),
        price_of_place=column([_price_of_place(row, tick.places) for row in rows]),
        cost_cap=column([row.cost_per_click for row in rows]),
        idle=np.array([each.idle for each in campaigns], np.int64),
    )


def _plan(campaigns: Sequence[CampaignTick], tick: Tick) -> Plan:
    least = np.array([float(each.row.least_bid) for each in campaigns])
    largest = np.array([float(each.row.largest_bid) for each in campaigns])
    return Plan(
        budget=np.array([float(each.day_allowance) for each in campaigns]),
        first_bid=np.array([_first_bid(each.row, tick.places) for each in campaigns]),
        least_bid=least,
        largest_bid=largest,
    )


def _traffic(campaigns: Sequence[CampaignTick], observed: Sequence[datetime], tick: Tick) -> tuple[Floats, Floats]:
    """Traffic since the last observation, and from now to the end of the day's budget; computed region by region."""
    now = week_hours(tick.now)
    since = np.array([week_hours(moment) for moment in observed])
    until = np.array([week_hours(each.ends) for each in campaigns])
    traffic, left = np.zeros(len(campaigns)), np.zeros(len(campaigns))
    regions = np.array([each.row.region for each in campaigns])
    for region in set(regions.tolist()):
        if region in tick.weeks:
            inside, week = regions == region, tick.weeks[region]
            at = float(passed(week, np.array([now]))[0])
            traffic[inside], left[inside] = at - passed(week, since[inside]), passed(week, until[inside]) - at
    return traffic.clip(0), left.clip(0)


def planned_share(each: CampaignTick, tick: Tick) -> float:
    """The share of the day's traffic that has passed: what pacing aims at having spent."""
    week = tick.weeks.get(each.row.region)
    if week is None:
        return 0.0
    moments = (max(each.day.begins, each.row.begins_at), tick.now, each.ends)
    begins, now, ends = passed(week, np.array([week_hours(moment) for moment in moments]))
    return float(np.clip((now - begins) / max(ends - begins, 1e-9), 0, 1))


def _first_bid(row: BiddingRow, places: Mapping[str, Sequence[int]]) -> float:
    """The market's price of a middle place, or the middle of the owner's bounds."""
    prices = places.get(row.region)
    return float(prices[len(prices) // 2]) if prices else float(np.sqrt(row.least_bid * row.largest_bid))


def _price_of_place(row: BiddingRow, places: Mapping[str, Sequence[int]]) -> float | None:
    prices = places.get(row.region)
    return None if row.position is None or not prices else float(prices[min(row.position, len(prices)) - 1])


def _market_state(each: CampaignTick) -> str:
    if each.row.state == CampaignState.DELETED:
        return ARCHIVED
    return PAUSED if each.idle in (Reason.PAUSED, Reason.OUTSIDE_SCHEDULE) else ACTIVE


def _unknown(row: BiddingRow) -> MarketCampaign:
    """A campaign that the market has never heard of."""
    return MarketCampaign(
        id=-1, reference=row.campaign_id, state=PAUSED, bid=0, allowance=0, charged=row.charged, impressions=0,
        clicks=0, spend=row.charged, position_sum=0,
    )  # fmt: skip
