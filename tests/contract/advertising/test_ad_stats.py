"""Statistics of campaigns through their real edge, over a real ClickHouse. All money is simulated."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

from functions.campaigns.store import PostgresCampaigns
from functions.place_bids import arrow_rows
from functions.place_bids.core import begin, finish
from functions.place_bids.ports import BiddingRow, MarketCampaign, MarketHour, MarketReport
from shared.adapters.clickhouse.client import ClickHouse
from shared.security.sealing import Sealer
from tests.support.advertising.bidding import SEALING_KEYS, Advertiser
from tests.support.advertising.stores import make_store
from tests.support.functions.problems import assert_problem
from tests.support.money.functions import Person, Shop, shop, whole_shop

__all__ = ["shop", "whole_shop"]

MIDNIGHT = datetime(2026, 10, 24, 23, tzinfo=UTC)
"""In London, of the day on which clocks go back."""
PERIOD = "begins=2026-10-20T00:00:00Z&ends=2026-10-30T00:00:00Z"


@pytest.fixture
def owner(whole_shop: Shop) -> Person:
    return whole_shop.person()


@pytest.fixture
def advertiser(whole_shop: Shop, owner: Person) -> Advertiser:
    store = make_store(whole_shop.database, 100_000, owner=owner.id)
    return Advertiser(store.id, owner.id, PostgresCampaigns(whole_shop.database, Sealer(SEALING_KEYS)))


def report(shop: Shop, advertiser: Advertiser, campaign_id: str, *, version: int = 0, **hours: int) -> None:
    """Store what a market reports: clicks by hour after `MIDNIGHT`, each at 10, and an order for every tenth."""
    rows = [
        MarketHour(
            reference=campaign_id,
            hour=MIDNIGHT + timedelta(hours=int(name[1:])),
            impressions=clicks * 20,
            clicks=clicks,
            spend=clicks * 10,
            orders=clicks // 10,
            revenue=clicks * 100,
            position_sum=clicks * 20 * 250,
        )
        for name, clicks in hours.items()
    ]
    encoded = arrow_rows.encode_hours(advertiser.store_id, rows, MIDNIGHT + timedelta(days=version))
    store_rows(shop, "ads_hours", encoded, f"{campaign_id} {version} {hours}")


def store_rows(shop: Shop, table: str, encoded: bytes, token: str) -> None:
    """Store an Arrow stream, as place-bids does."""
    warehouse = ClickHouse(shop.environment["CLICKHOUSE_URL"])
    warehouse.insert_stream(table, arrow_rows.columns_of(encoded), encoded, token=token)
    warehouse.close()


def test_spend_clicks_and_what_is_derived_are_shown_by_campaign(
    whole_shop: Shop, owner: Person, advertiser: Advertiser
) -> None:
    campaign = advertiser.add()
    report(whole_shop, advertiser, campaign.id, h0=30, h1=20)
    answer = whole_shop.ask("GET", f"/ad-stats?store_id={advertiser.store_id}&{PERIOD}", owner)
    assert answer.json["simulated"] is True
    assert answer.json["items"] == [
        {
            "campaign_id": campaign.id, "name": "Boots (simulated)", "period": "", "impressions": 1_000, "clicks": 50,
            "spend": 500, "orders": 5, "revenue": 5_000, "position": 2.5, "cost_per_click": 10.0,
            "cost_per_order": 100.0, "advertising_share": 0.1,
        }
    ]  # fmt: skip


def test_a_later_report_of_an_hour_replaces_the_earlier(
    whole_shop: Shop, owner: Person, advertiser: Advertiser
) -> None:
    campaign = advertiser.add()
    report(whole_shop, advertiser, campaign.id, version=1, h0=30)
    report(whole_shop, advertiser, campaign.id, version=2, h0=28)
    report(whole_shop, advertiser, campaign.id, version=0, h0=10)
    answer = whole_shop.ask("GET", f"/ad-stats?store_id={advertiser.store_id}&by=hour&{PERIOD}", owner)
    assert [(each["period"], each["clicks"]) for each in answer.json["items"]] == [("2026-10-24T23:00:00Z", 28)]


def test_a_day_is_one_of_the_campaigns_zone_and_may_have_25_hours(
    whole_shop: Shop, owner: Person, advertiser: Advertiser
) -> None:
    """D3 row 19."""
    london, line = advertiser.add(zone="Europe/London"), advertiser.add(zone="Pacific/Kiritimati")
    hours = {f"h{hour}": 1 for hour in range(25)}
    for campaign in (london, line):
        report(whole_shop, advertiser, campaign.id, **hours)
    answer = whole_shop.ask("GET", f"/ad-stats?store_id={advertiser.store_id}&by=day&{PERIOD}", owner)
    days = {(each["campaign_id"], each["period"]): each["clicks"] for each in answer.json["items"]}
    assert days == {(london.id, "2026-10-25"): 25, (line.id, "2026-10-25"): 11, (line.id, "2026-10-26"): 14}


def test_statistics_are_also_csv_and_parquet(whole_shop: Shop, owner: Person, advertiser: Advertiser) -> None:
    campaign = advertiser.add()
    report(whole_shop, advertiser, campaign.id, h0=30)
    path = f"/ad-stats?store_id={advertiser.store_id}&{PERIOD}"
    text = whole_shop.ask("GET", path, owner, headers={"Accept": "text/csv"})
    assert text.text.splitlines()[0].startswith("campaign_id,name,period,impressions")
    parquet = whole_shop.ask("GET", path, owner, headers={"Accept": "application/vnd.apache.parquet"})
    assert pq.read_table(io.BytesIO(parquet.data)).column("spend").to_pylist() == [300]


def test_pacing_and_decisions_say_why_a_bid_was_what_it_was(
    whole_shop: Shop, owner: Person, advertiser: Advertiser
) -> None:
    campaign, now = advertiser.add(), datetime.now(UTC).replace(microsecond=0)
    for minutes, spend in ((2, 100), (1, 150), (0, 400)):
        decide(whole_shop, advertiser, campaign.id, now - timedelta(minutes=minutes), spend)
    (row,) = whole_shop.ask("GET", f"/ad-stats/pacing?store_id={advertiser.store_id}", owner).json["items"]
    assert (row["spent"], row["allowance"], row["reason"]) == (400, 5_000, "pacing")
    assert row["deviation"] == round((400 - row["planned"]) / 5_000, 4)
    page = whole_shop.ask("GET", f"/ad-stats/decisions?campaign_id={campaign.id}&limit=2", owner).json
    assert [each["spent"] for each in page["items"]] == [400, 150]
    assert page["items"][0]["ceiling"] is None
    path = f"/ad-stats/decisions?campaign_id={campaign.id}&limit=2&cursor={page['next']}"
    rest = whole_shop.ask("GET", path, owner).json
    assert [each["spent"] for each in rest["items"]] == [100]
    assert rest["next"] is None
    text = whole_shop.ask(
        "GET", f"/ad-stats/pacing?store_id={advertiser.store_id}", owner, headers={"Accept": "text/csv"}
    )
    assert text.text.startswith("campaign_id,name,decided_at")


def decide(shop: Shop, advertiser: Advertiser, campaign_id: str, now: datetime, spend: int) -> None:
    """Store the decision of a tick that began its day with nothing spent."""
    row = BiddingRow(
        campaign_id=campaign_id, name="Boots (simulated)", region="r", zone="Etc/UTC", daily_budget=5_000,
        total_budget=None, begins_at=now - timedelta(days=9), ends_at=None, position=None, cost_per_click=None,
        least_bid=5, largest_bid=500, state="active", reserved=5_000, allowance=5_000, day=now.date(),
    )  # fmt: skip
    at_market = MarketCampaign(
        id=0, reference=campaign_id, state="active", bid=50, allowance=5_000, charged=0, impressions=0, clicks=0,
        spend=spend, position_sum=0,
    )  # fmt: skip
    report = MarketReport(now=now, settled_until=now, campaigns={campaign_id: at_market})
    tick = finish(begin([row], report, {"r": np.full(168, 1 / 168)}, {}, now=now), {})
    store_rows(shop, "ads_decisions", arrow_rows.encode_decisions(advertiser.store_id, tick), f"{campaign_id} {spend}")


def test_strangers_see_neither_statistics_nor_decisions(
    whole_shop: Shop, owner: Person, advertiser: Advertiser
) -> None:
    campaign, stranger = advertiser.add(), whole_shop.person()
    for path in (
        f"/ad-stats?store_id={advertiser.store_id}",
        f"/ad-stats/pacing?store_id={advertiser.store_id}",
        f"/ad-stats/decisions?campaign_id={campaign.id}",
    ):
        assert_problem(whole_shop.ask("GET", path, stranger), 404, "Not found")
        assert_problem(whole_shop.ask("GET", path), 401, "Not authenticated")


@pytest.mark.parametrize(
    "period", ["begins=2026-10-30T00:00:00Z&ends=2026-10-20T00:00:00Z", "begins=1999-01-01T00:00:00Z"]
)
def test_a_period_out_of_range_is_refused(whole_shop: Shop, owner: Person, advertiser: Advertiser, period: str) -> None:
    assert_problem(
        whole_shop.ask("GET", f"/ad-stats?store_id={advertiser.store_id}&{period}", owner), 400, "Invalid input"
    )


def test_decisions_are_deleted_after_ninety_days(whole_shop: Shop) -> None:
    warehouse = ClickHouse(whole_shop.environment["CLICKHOUSE_URL"])
    (row,) = warehouse.query("SHOW CREATE TABLE ads_decisions")
    warehouse.close()
    assert "TTL toDateTime(at) + toIntervalDay(90)" in row["statement"]
