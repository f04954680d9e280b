"""Purchases through the lake into sales: what the oracle counts, however they came. `c3` is a row of that table."""

from __future__ import annotations

import random
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from functions.daily_sales import core
from functions.daily_sales import service as daily
from functions.load_lake import service as loading
from shared.domain.lake.records import LakeFile
from shared.errors import InProgress, InvalidInput, Unavailable
from tests.support.engines.postgres import run
from tests.support.lake import oracle
from tests.support.lake.lake import NOW, Lake, lake
from tests.support.lake.purchases import cancellation, event, purchase, random_events

__all__ = ["lake"]
DAY = date(2026, 3, 1)
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def revenue(lake: Lake) -> dict[date, int]:
    rows = lake.warehouse.query("SELECT day, sum(revenue) AS revenue FROM sales_by_day GROUP BY day")
    return {row["day"]: row["revenue"] for row in rows}


def sums(lake: Lake, table: str, *by: str) -> oracle.Sums:
    rows = lake.warehouse.query(
        f"SELECT currency, {', '.join(by)}, sum(n_purchases) AS n, sum(n_items) AS items, sum(revenue) AS revenue "
        f"FROM {table} GROUP BY currency, {', '.join(by)}"
    )
    return {(row["currency"], *(row[name] for name in by)): (row["n"], row["items"], row["revenue"]) for row in rows}


def test_sales_are_what_the_oracle_counts_however_events_came(lake: Lake) -> None:
    events = list(random_events(1, 300))
    shuffled = random.Random(2).sample(events, len(events))
    lake.load(shuffled[:200])
    lake.load(shuffled[200:] + shuffled[:20])
    lake.build()
    expected = oracle.final_purchases(events)
    assert sums(lake, "sales_by_day", "day") == oracle.sums(expected, "day")
    assert sums(lake, "sales_by_category", "day", "category") == oracle.sums(expected, "day", "category")
    assert sums(lake, "seller_payouts", "day", "seller_id") == oracle.sums(expected, "day", "seller_id")
    customers = lake.warehouse.query("SELECT currency, customer_id, frequency, monetary FROM customer_rfm")
    assert {(row["currency"], row["customer_id"]): (row["frequency"], row["monetary"]) for row in customers} == {
        key: (n, total) for key, (n, _, total) in oracle.sums(expected, "customer_id").items()
    }
    products = lake.warehouse.query("SELECT currency, product_id, n_purchases, n_items, revenue FROM top_products")
    assert {(row["currency"], row["product_id"]): tuple(row.values())[2:] for row in products} == oracle.sums(
        expected, "product_id"
    )
    (months,) = (sum(row["revenue"] for row in lake.warehouse.query("SELECT revenue FROM sales_by_month")),)
    assert months == sum(each["total"] for each in expected)
    for pattern in ("hour", "weekday", "month"):
        rows = lake.warehouse.query(f"SELECT revenue FROM sales_patterns WHERE pattern = '{pattern}'")
        assert sum(row["revenue"] for row in rows) == months
    assert sum(row["revenue"] for row in lake.warehouse.query("SELECT revenue FROM cohorts")) == months


def test_c3_1_the_same_day_twice_has_the_same_rows_and_not_none(lake: Lake) -> None:
    lake.load(random_events(4, 60))
    lake.build()
    first = lake.everything()
    lake.build([DAY])
    lake.build([DAY])
    assert lake.everything() == first
    assert all(first.values())


def test_c3_2_an_insert_that_is_retried_with_its_token_is_stored_once_where_windows_are_sums(lake: Lake) -> None:
    from functions.stream_sales.store import ClickHouseLiveTables

    tables = ClickHouseLiveTables(lake.warehouse)
    rows = [live(purchase(purchase_id=f"p-{number}")) for number in range(3)]
    for _ in range(2):
        tables.store(rows, token="the same")
    counts = lake.warehouse.query("SELECT count() AS n, sum(total) AS revenue FROM live_purchases")
    assert counts == [{"n": 3, "revenue": 2700}]


def test_c3_3_two_inserts_that_sum_up_alike_are_both_counted(lake: Lake) -> None:
    from functions.stream_sales.store import ClickHouseLiveTables

    tables = ClickHouseLiveTables(lake.warehouse)
    for number in range(2):
        tables.store([live(purchase(purchase_id=f"p-{number}"))], token=f"token {number}")
    assert lake.warehouse.query("SELECT sum(total) AS revenue FROM live_purchases FINAL") == [{"revenue": 1800}]


def live(payload: dict[str, Any], *, cancelled: bool = False) -> dict[str, Any]:
    """A purchase of this day as the stream reads it; what is older than 40 days is not kept."""
    return payload | {"purchased_at": TODAY, "cancelled": cancelled}


def test_c3_5_a_late_older_version_stays_cancelled_after_a_merge(lake: Lake) -> None:
    from functions.stream_sales.store import ClickHouseLiveTables

    tables, payload = ClickHouseLiveTables(lake.warehouse), purchase(purchase_id="p")
    tables.store([live(payload)], token="1")
    tables.store([live(payload | {"version": 2}, cancelled=True)], token="2")
    lake.warehouse.command("OPTIMIZE TABLE live_purchases FINAL")
    tables.store([live(payload)], token="3")
    lake.warehouse.command("OPTIMIZE TABLE live_purchases FINAL")
    assert lake.warehouse.query("SELECT version, cancelled FROM live_purchases FINAL") == [
        {"version": 2, "cancelled": True}
    ]


def test_c3_6_a_tombstone_wins_over_an_older_version_that_comes_after_it(lake: Lake) -> None:
    payload = purchase(purchase_id="p", version=5)
    lake.load([event(payload | {"cancelled_at": "2026-03-02T00:00:00Z"}, cancelled=True)])
    lake.load([event(payload | {"version": 4})])
    lake.build([DAY])
    assert lake.rows("sales_by_day") == []


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_c3_7_days_are_utc_days_wherever_the_function_runs(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        moments = [f"2026-03-0{day}T{hour}:30:00Z" for day in (1, 2) for hour in ("00", "23")]
        lake.load([event(purchase(purchased_at=moment)) for moment in moments])
        lake.build()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert revenue(lake) == {date(2026, 3, 1): 1800, date(2026, 3, 2): 1800}


def test_c3_8_the_last_microsecond_of_a_day_and_the_first_of_the_next_are_two_days(lake: Lake) -> None:
    lake.load([event(purchase(purchased_at=f"2026-03-{at}Z")) for at in ("01T23:59:59.999999", "02T00:00:00")])
    lake.build()
    assert revenue(lake) == {date(2026, 3, 1): 900, date(2026, 3, 2): 900}


def test_c3_10_a_run_that_ended_between_commit_and_its_mark_is_repeated_without_a_double(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.load(random_events(7, 40))
    fail_once(monkeypatch, type(lake.daily.warehouse), "replace_days")
    with pytest.raises(Unavailable):
        lake.build()
    assert lake.daily.catalogue.dirty_days()
    assert [row[0] for row in run(lake.database, "SELECT state FROM sales_runs")] == ["failed"]
    lake.build()
    expected = oracle.final_purchases(random_events(7, 40))
    assert sums(lake, "sales_by_day", "day") == oracle.sums(expected, "day")
    assert lake.daily.catalogue.dirty_days() == []


def fail_once(monkeypatch: pytest.MonkeyPatch, kind: type, name: str) -> None:
    """Let a method fail as when its store goes away, once."""
    real, failed = getattr(kind, name), threading.Event()

    def method(*args: Any, **params: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise Unavailable("gone")
        return real(*args, **params)

    monkeypatch.setattr(kind, name, method)


def test_a_late_purchase_and_a_cancellation_mark_their_day(lake: Lake) -> None:
    made = event(purchase())
    lake.load([made])
    lake.build()
    assert lake.daily.catalogue.dirty_days() == []
    lake.load([event(purchase(purchase_id="late"))])
    assert [each.day for each in lake.daily.catalogue.dirty_days()] == [DAY]
    lake.build()
    assert revenue(lake) == {DAY: 1800}
    lake.load([cancellation(made)])
    lake.build()
    assert revenue(lake) == {DAY: 900}


def test_a_day_whose_every_purchase_is_cancelled_has_no_sales(lake: Lake) -> None:
    made = event(purchase())
    lake.load([made])
    lake.build()
    lake.load([cancellation(made)])
    lake.build()
    assert lake.rows("sales_by_day") == []


def test_other_days_of_a_month_stay_as_they_are(lake: Lake) -> None:
    lake.load(random_events(9, 60))
    lake.build()
    before = revenue(lake)
    lake.load([event(purchase(currency="EUR"))])
    lake.build([DAY])
    assert revenue(lake) == before | {DAY: before[DAY] + 900}


def test_a_run_takes_back_the_marks_it_saw(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.load([event(purchase())])
    real = type(lake.daily.catalogue).files

    def files(*args: Any) -> Any:
        monkeypatch.undo()
        lake.load([event(purchase())])  # between the marks and the end of the run
        return real(*args)

    monkeypatch.setattr(type(lake.daily.catalogue), "files", files)
    lake.build()
    assert [each.day for each in lake.daily.catalogue.dirty_days()] == [DAY]


def test_today_is_built_by_hand_and_not_by_the_clock(lake: Lake) -> None:
    lake.load([event(purchase(purchased_at=NOW.isoformat()))])
    lake.build()
    assert revenue(lake) == {}
    lake.build([NOW.date()])
    assert revenue(lake) == {NOW.date(): 900}


def test_a_second_run_is_refused_while_one_builds(lake: Lake) -> None:
    with lake.daily.catalogue.run_lock(), pytest.raises(InProgress):
        lake.build([DAY])


def test_products_and_customers_are_copied_once_and_no_name_of_a_customer(lake: Lake) -> None:
    run(lake.database, "INSERT INTO shop_sellers (id, name, email) VALUES (gen_random_uuid(), 's', 's@example.org')")
    loading.copy_tables(lake.loading)
    loading.copy_tables(lake.loading)
    lake.load([event(purchase())])
    lake.build()
    assert not list((lake.folder / "lake" / "stage").glob("customers/*/*"))


def test_keys_runs_and_copies_are_forgotten_in_time(lake: Lake) -> None:
    lake.load([event(purchase())])
    lake.build()
    lake.build([DAY])
    lake.clock.move(days=401)
    loading.forget(lake.loading)
    assert run(lake.database, "SELECT count(*) FROM lake_inbox") == [(0,)]
    assert run(lake.database, "SELECT count(*) FROM sales_runs") == [(1,)]


def test_files_that_only_old_snapshots_need_are_deleted(lake: Lake) -> None:
    lake.load([event(purchase())])
    lake.build()
    lake.build([DAY])
    data = lake.folder / "lake" / "warehouse" / "shop" / "purchases" / "data"
    assert len(list(data.rglob("*.parquet"))) == 2
    lake.daily.expire(datetime.now(UTC) + timedelta(days=1))
    assert len(list(data.rglob("*.parquet"))) == 1
    lake.build([DAY])
    assert revenue(lake) == {DAY: 900}


def test_live_purchases_go_after_forty_days(lake: Lake) -> None:
    for table in ("live_purchases", "late_purchases"):
        assert "TTL toDateTime(purchased_at) + toIntervalDay(40)" in lake.warehouse.command(
            f"SHOW CREATE TABLE {table}"
        )


# --- what a run decides


def test_days_are_portioned_by_rows_and_never_divided() -> None:
    days = [date(2026, 3, day) for day in (1, 2, 3)]
    files = [LakeFile(str(day), day, 1_500_000, 1) for day in days]
    assert [(portion, len(own)) for portion, own in core.portions(days, files)] == [([day], 1) for day in days]


@pytest.mark.parametrize(("size", "engine"), [(0, "duckdb"), (50_000_000_000, "duckdb"), (50_000_000_001, "spark")])
def test_the_rule_chooses_by_the_size_of_the_snapshot(lake: Lake, size: int, engine: str) -> None:
    assert core.choose_engine(lake.daily.rule, size) == engine


def test_the_size_is_told_by_the_snapshot(lake: Lake) -> None:
    assert lake.daily.history_bytes() == 0
    lake.load([event(purchase())])
    lake.build()
    data = lake.folder / "lake" / "warehouse" / "shop" / "purchases" / "data"
    assert lake.daily.history_bytes() == sum(path.stat().st_size for path in data.rglob("*.parquet"))


def test_a_day_that_no_purchase_can_have_is_refused(lake: Lake) -> None:
    with pytest.raises(InvalidInput):
        daily.build([date(1999, 1, 1)], lake.daily)
