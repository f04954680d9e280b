"""One tick of one store, without a store or a market: days, money, what is told to the market."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from functions.place_bids.core import begin, changes, finish, missing, planned_share
from functions.place_bids.ports import BiddingRow, MarketCampaign, MarketReport, Tick
from shared.domain.ads.campaigns import REASONS, Reason

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
WEEKS = {"r": np.full(168, 1 / 168)}
ROW = BiddingRow(
    campaign_id="c", name="Boots (simulated)", region="r", zone="Etc/UTC", daily_budget=2_400, total_budget=None,
    begins_at=datetime(2026, 1, 1, tzinfo=UTC),
    ends_at=None, position=None, cost_per_click=None, least_bid=5, largest_bid=500,
    state="active",
)  # fmt: skip
AT_MARKET = MarketCampaign(
    id=4, reference="c", state="active", bid=50, allowance=0, charged=0, impressions=0, clicks=0, spend=0,
    position_sum=0,
)  # fmt: skip


def report(now: datetime, at_market: MarketCampaign = AT_MARKET, *, settled: bool = True) -> MarketReport:
    settled_until = now if settled else now - timedelta(hours=1)
    return MarketReport(now=now, settled_until=settled_until, campaigns={at_market.reference: at_market})


def tick(row: BiddingRow, at_market: MarketCampaign, now: datetime, *, funds: int = 10**9) -> Tick:
    """A tick with a store that has so much money."""
    begun = begin([row], report(now, at_market), WEEKS, {}, now=now)
    asked = begun.campaigns[0].move.reserve
    return finish(begun, {row.campaign_id: asked} if asked <= funds else {})


def after(row: BiddingRow, done: Tick) -> BiddingRow:
    """The row as it is stored after a tick."""
    each = done.campaigns[0]
    return replace(
        row,
        reserved=row.reserved + each.move.reserve,
        released=row.released + each.move.release,
        charged=row.charged + each.move.charge,
        allowance=each.market.allowance,
        allowance_since=each.allowance_since,
        spent=each.market.spend,
        day=each.day.date,
        spent_before=each.spent_before,
        day_allowance=each.day_allowance,
        observed_at=done.now,
    )


def whole_days(zone: str, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, Tick]]:
    """Ticks of each half hour of a campaign whose market charges a click of 10 at every tick."""
    row, at_market, now = replace(ROW, zone=zone), AT_MARKET, begins
    while now < ends:
        done = tick(row, at_market, now)
        row = after(row, done)
        yield now, done
        spend = at_market.spend + 10
        at_market = replace(at_market, spend=spend, charged=spend, allowance=done.campaigns[0].wanted_allowance)
        now += timedelta(minutes=30)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", datetime(2026, 10, 24, 23, tzinfo=UTC), 25),
        ("Europe/London", datetime(2026, 3, 29, 0, tzinfo=UTC), 23),
        ("Etc/GMT+12", datetime(2026, 11, 30, 12, tzinfo=UTC), 24),
        ("Pacific/Kiritimati", datetime(2026, 11, 30, 10, tzinfo=UTC), 24),
        ("Asia/Kathmandu", datetime(2026, 11, 29, 18, 15, tzinfo=UTC), 24),
    ],
)
def test_a_daily_budget_is_reset_once_and_its_curve_spans_the_whole_day(zone: str, day: datetime, hours: int) -> None:
    """D3 row 19: London's day of 25 hours, that of 23, and the ends of the world."""
    length = timedelta(hours=hours)
    ticks = list(whole_days(zone, day - timedelta(hours=3), day + length + timedelta(hours=3)))
    resets = [now for (_, before), (now, each) in pairwise(ticks) if each.campaigns[0].day != before.campaigns[0].day]
    assert len(resets) == 2
    assert all(
        moment - begins < timedelta(minutes=30) for moment, begins in zip(resets, (day, day + length), strict=True)
    )
    inside = [(now, each) for now, each in ticks if day <= now < day + length]
    for now, each in inside:
        assert planned_share(each.campaigns[0], each) == pytest.approx((now - day) / length)
    spent_before = {each.campaigns[0].spent_before for _, each in inside}
    assert len(spent_before) == 1
    assert {each.campaigns[0].wanted_allowance - each.campaigns[0].spent_before for _, each in inside} == {2_400}


def test_money_is_reserved_before_the_market_may_charge_it_and_only_once() -> None:
    first = tick(ROW, AT_MARKET, NOW)
    assert first.campaigns[0].move.reserve == 2_400
    assert changes(first).raised == {4: 2_400}
    again = tick(after(ROW, first), AT_MARKET, NOW + timedelta(seconds=30))
    assert again.campaigns[0].move.reserve == 0
    assert changes(again).raised == {4: 2_400}  # the market was not told, or did not answer: it is told again


def test_a_store_without_money_reserves_nothing_bids_nothing_and_says_why() -> None:
    done = tick(ROW, AT_MARKET, NOW, funds=2_399)
    assert done.decided is not None
    assert REASONS[int(done.decided.reason[0])] == "unfunded"
    assert changes(done).bids == {4: 0}
    assert not changes(done).raised


def test_a_day_that_is_spent_bids_nothing_until_the_next() -> None:
    row = replace(ROW, reserved=2_400, allowance=2_400, day=NOW.date(), allowance_since=NOW, spent=2_397)
    spent = replace(AT_MARKET, spend=2_397, charged=2_397, allowance=2_400)
    today, tomorrow = tick(row, spent, NOW), tick(row, spent, NOW + timedelta(hours=12))
    assert today.decided is not None
    assert tomorrow.decided is not None
    assert today.decided.reason.tolist() == [Reason.BUDGET_SPENT]
    assert tomorrow.decided.bid[0] > 0
    assert tomorrow.campaigns[0].move.reserve == 2_397


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"state": "paused"}, Reason.PAUSED),
        ({"begins_at": NOW + timedelta(seconds=1)}, Reason.OUTSIDE_SCHEDULE),
        ({"ends_at": NOW}, Reason.OUTSIDE_SCHEDULE),
        ({"region": "elsewhere"}, Reason.OUTSIDE_SCHEDULE),
    ],
)
def test_who_may_not_bid_is_paused_at_the_market_and_reserves_nothing(changed: dict[str, Any], reason: Reason) -> None:
    done = tick(replace(ROW, **changed), AT_MARKET, NOW)
    assert done.decided is not None
    assert done.decided.reason.tolist() == [reason]
    assert done.campaigns[0].move.reserve == 0
    assert changes(done).states == {4: "paused"}


def test_a_paused_campaigns_money_goes_back_once_the_market_settled_past_the_lowering() -> None:
    row = replace(
        ROW,
        state="paused",
        reserved=2_400,
        charged=100,
        spent=150,
        allowance=2_400,
        day=NOW.date(),
        allowance_since=NOW,
    )
    at_market = replace(AT_MARKET, state="paused", bid=0, spend=150, charged=100, allowance=2_400)
    lowered = tick(row, at_market, NOW)
    assert lowered.campaigns[0].move.release == 0
    assert changes(lowered).lowered == {4: 150}
    row, at_market = after(row, lowered), replace(at_market, allowance=150, charged=140, spend=140)
    later = NOW + timedelta(minutes=10)
    unsettled = begin([row], report(later, at_market, settled=False), WEEKS, {}, now=later)
    assert unsettled.campaigns[0].move.release == 0
    row = after(row, finish(unsettled, {}))
    settled = tick(row, replace(at_market, allowance=140), later + timedelta(minutes=10))
    assert settled.campaigns[0].move.release == 2_400 - 140


def test_a_total_is_spread_over_days_by_their_traffic() -> None:
    row = replace(
        ROW,
        daily_budget=None,
        total_budget=9_000,
        begins_at=NOW.replace(hour=0),
        ends_at=NOW.replace(hour=0) + timedelta(days=3),
    )
    assert tick(row, AT_MARKET, NOW).campaigns[0].day_allowance == 3_000


def test_a_campaign_the_market_does_not_know_is_created_unless_it_is_deleted() -> None:
    empty = replace(report(NOW), campaigns={})
    assert missing([ROW, replace(ROW, state="deleted")], empty) == [ROW]
    gone = finish(begin([replace(ROW, state="deleted")], empty, WEEKS, {}, now=NOW), {})
    assert gone.campaigns[0].closed
    assert changes(gone) == changes(finish(begin([], empty, WEEKS, {}, now=NOW), {}))


def test_a_wanted_place_is_bought_at_its_price() -> None:
    row = replace(ROW, position=2, reserved=2_400, allowance=2_400, allowance_since=NOW, day=NOW.date())
    at_market = replace(AT_MARKET, allowance=2_400)
    done = finish(begin([row], report(NOW, at_market), WEEKS, {"r": [90, 60, 40, 30]}, now=NOW), {})
    assert done.decided is not None
    assert done.decided.bid[0] <= 61
