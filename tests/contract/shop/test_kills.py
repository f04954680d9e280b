"""Kill -9 of each process of the lake right after each effect: oracle, API, stream and batch stay one revenue."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask

from functions.load_lake import service as loading
from functions.stream_sales import service as streaming
from functions.stream_sales import wiring as streaming_wiring
from shared.adapters import event_log
from shared.clock import SystemClock
from shared.events import cloudevents
from shared.events.envelope import Event
from shared.events.shop import TOPIC
from shared.ports.log import NewEntry
from shared.settings.loading import load_settings
from tests.contract.shop.test_sales import token
from tests.contract.shop.test_stream_sales import moved
from tests.support.lake import oracle
from tests.support.lake.lake import Lake, lake
from tests.support.lake.purchases import random_events
from tests.support.reference import ROOT

__all__ = ["lake"]
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date()
LOADING = ("shared.adapters.objects:FileObjects.put", "shared.adapters.lake.catalogue:LakeCatalogue.load_next")
BUILDING = (
    "shared.adapters.lake.catalogue:LakeCatalogue.begin_run",
    "functions.daily_sales.iceberg:LakeTables.replace_days",
    "functions.daily_sales.warehouse:SalesWarehouse._insert",
    "functions.daily_sales.warehouse:SalesWarehouse.replace_days",
    "functions.daily_sales.warehouse:SalesWarehouse.replace_all",
)
STREAMING = ("functions.stream_sales.store:ClickHouseLiveTables.store",)


def kill_after(call: str, step: str, environment: dict[str, str]) -> None:
    """Run a step in a process that is killed right after a call."""
    command = [sys.executable, "-m", "tests.support.lake.killed", step, call]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


def test_revenue_is_one_after_every_process_was_killed_after_each_of_its_effects(
    lake: Lake, bus_url: str, load_function: Callable[..., Flask]
) -> None:
    events = [moved(each) for each in random_events(41, 150, days=1)]
    shuffled = random.Random(42).sample(events, len(events))
    environment = lake.environment | {"EVENT_LOG_URL": bus_url}
    clocked = replace(lake.loading, clock=SystemClock())
    log = event_log.connect(bus_url)
    log.ensure_topic(TOPIC, partitions=2)
    log.append(TOPIC, [to_entry(each) for each in shuffled])
    for each in shuffled:
        loading.receive(each, clocked)
    for call in STREAMING:
        kill_after(call, "drain", environment)
    for call in LOADING:
        kill_after(call, "load", environment)
    loading.load(clocked)
    for call in BUILDING:
        kill_after(call, "build", environment)
    streaming.drain(streaming_wiring.build(load_settings(streaming_wiring.Settings, environment)))
    batch = replace(lake, daily=replace(lake.daily, clock=SystemClock()))
    batch.build()
    batch.build([YESTERDAY])

    expected = oracle.final_purchases(events)
    for by, table in (("category", "sales_by_category"), ("seller_id", "seller_payouts")):
        rows = lake.warehouse.query(
            f"SELECT currency, {by}, sum(n_purchases) AS n, sum(n_items) AS items, sum(revenue) AS revenue "
            f"FROM {table} GROUP BY currency, {by}"
        )
        live = lake.warehouse.query(
            f"SELECT currency, {by}, toInt64(count()) AS n, sum(quantity) AS items, sum(total) AS revenue "
            f"FROM live_purchases FINAL WHERE NOT cancelled GROUP BY currency, {by}"
        )
        assert to_sums(rows) == oracle.sums(expected, by), table
        assert to_sums(live) == oracle.sums(expected, by), "stream"
    client: Any = load_function("sales", **lake.environment).test_client()
    period = f"begins={YESTERDAY}&ends={YESTERDAY + timedelta(days=1)}"
    days = client.get(f"/shop/v1/sales/days?{period}", headers=token("operator")).json["items"]
    assert {(row["currency"], row["revenue"]) for row in days} == {
        (currency, revenue) for (currency, _), (_, _, revenue) in oracle.sums(expected, "day").items()
    }
    customers = client.get("/shop/v1/sales/customers?limit=500", headers=token("operator")).json["items"]
    assert {(row["currency"], row["customer_id"], row["monetary"]) for row in customers} == {
        (*key, revenue) for key, (_, _, revenue) in oracle.sums(expected, "customer_id").items()
    }
    log.close()


def to_sums(rows: list[dict[str, Any]]) -> oracle.Sums:
    return {tuple(row.values())[:2]: tuple(row.values())[2:] for row in rows}


def to_entry(each: Event) -> NewEntry:
    headers, value = cloudevents.to_record(each)
    return NewEntry(value=value, headers=tuple(headers), key=each.subject.encode())
