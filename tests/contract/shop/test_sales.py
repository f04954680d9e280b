"""Sales through their real edge: every aggregate in every form, with where it comes from, for whoever may see it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from functions.sales.service import AGGREGATES
from shared.clock import SystemClock
from shared.security.tokens import Caller, Tokens
from tests.support.engines.postgres import run
from tests.support.lake.lake import Lake, lake
from tests.support.lake.purchases import random_events

__all__ = ["lake"]
PERIOD = "begins=2026-03-01&ends=2026-03-05"


def token(*roles: str, user_id: str = "0198c2f0-0000-7000-8000-000000000001") -> dict[str, str]:
    tokens = Tokens((("k1", "one" * 12),), SystemClock())
    signed = tokens.sign(Caller(user_id=user_id, username="somebody", roles=roles))
    return {"Authorization": f"Bearer {signed}"}


@pytest.fixture
def client(lake: Lake, load_function: Callable[..., Flask]) -> FlaskClient:
    return load_function("sales", **lake.environment).test_client()


def ask(client: FlaskClient, path: str, **headers: str) -> Any:
    return client.get(f"/shop/v1/sales/{path}", headers=token("operator") | headers)


@pytest.fixture
def built(lake: Lake, client: FlaskClient) -> FlaskClient:
    lake.load(random_events(3, 120))
    lake.build()
    return client


def test_days_are_read_with_the_run_that_built_them(built: FlaskClient, lake: Lake) -> None:
    answer = ask(built, f"days?{PERIOD}").json
    assert {(row["currency"], row["day"]) for row in answer["items"]} >= {("EUR", "2026-03-01"), ("JPY", "2026-03-04")}
    (run_id,) = [row[0] for row in run(lake.database, "SELECT id FROM sales_runs")]
    assert answer["provenance"]["run"] == run_id
    assert answer["provenance"]["up_to"] == "2026-03-04"
    assert answer["provenance"]["dirty_days"] == 0


def test_every_aggregate_is_csv_and_parquet_of_the_same_rows(built: FlaskClient) -> None:
    from pyarrow import parquet

    for name in AGGREGATES:
        path = f"{name}?limit=500" + (f"&{PERIOD}" if name in ("categories", "days", "months", "payouts") else "")
        rows = ask(built, path).json["items"]
        table = list(csv.DictReader(io.StringIO(ask(built, path, Accept="text/csv").text)))
        columns = parquet.read_table(io.BytesIO(ask(built, f"{path}&format=parquet").data)).to_pylist()
        assert rows, name
        assert len(rows) == len(table) == len(columns)
        assert [str(value) for value in rows[0].values()] == list(table[0].values())


def test_pages_follow_each_other_without_a_gap(built: FlaskClient) -> None:
    whole = ask(built, f"categories?{PERIOD}&limit=500").json["items"]
    pages, cursor = list[Any](), ""
    while cursor is not None:
        page = ask(built, f"categories?{PERIOD}&limit=7{cursor}").json
        pages += page["items"]
        cursor = page["next"] and "&cursor=" + page["next"]
    assert pages == whole


def test_only_operators_see_sales_and_a_seller_sees_own_payouts(built: FlaskClient, lake: Lake) -> None:
    assert built.get("/shop/v1/sales/days").status_code == 401
    assert built.get("/shop/v1/sales/days", headers=token()).status_code == 403
    assert built.get("/shop/v1/sales/payouts", headers=token()).status_code == 403


def test_before_the_first_run_there_is_nothing_and_no_provenance(client: FlaskClient) -> None:
    answer = ask(client, "days").json
    assert (answer["items"], answer["provenance"]["run"]) == ([], None)


def test_the_monitor_tells_sizes_dirty_days_and_what_waits(client: FlaskClient, lake: Lake) -> None:
    lake.load(random_events(5, 40))
    monitor = ask(client, "monitor").json
    assert monitor["dirty_days"] == ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
    assert [each["dataset"] for each in monitor["datasets"]] == ["purchases"]
    assert monitor["n_pending"] == 0
    assert monitor["lag_s"] is None


def test_the_page_holds_no_data_and_runs_only_its_own_script(client: FlaskClient) -> None:
    page = client.get("/shop/v1/sales")
    assert page.status_code == 200
    assert "script-src 'sha256-" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("query", ["days?begins=2026-03-02&ends=2026-03-01", "days?currency=euro", "windows?minutes=5"])
def test_what_nobody_can_mean_is_refused(client: FlaskClient, query: str) -> None:
    assert ask(client, query).status_code == 400


def test_payouts_leave_the_shop_a_twentieth_rounded_in_the_sellers_favour(built: FlaskClient) -> None:
    for row in ask(built, f"payouts?{PERIOD}&limit=500").json["items"]:
        assert row["fee"] == row["revenue"] // 20
        assert row["payout"] == row["revenue"] - row["fee"]
